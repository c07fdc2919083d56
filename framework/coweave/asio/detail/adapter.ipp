// Part of <coweave/asio.hpp> and <coweave/boost_asio.hpp>, which include it once each behind the
// macros that native.ipp names: executors and contexts.

#include "coweave/asio/detail/native.ipp"

namespace coweave::COWEAVE_ASIO_NAMESPACE {

class context;
class strand;
template <class Allocator>
class basic_executor;

namespace detail {

/// Lets Asio recycle memory while a handler runs, as it does on the threads of an io_context.
class recycling final : private COWEAVE_ASIO::detail::thread_context {
 public:
  class scope {
   public:
    explicit scope(recycling& memory) : entry_(&memory, memory.info_) {}

   private:
    thread_call_stack::context entry_;
  };

 private:
  COWEAVE_ASIO::detail::thread_info_base info_;
};

/// While it lives, who asks for a context looks only for a service of ours in it.
inline constinit thread_local bool looks_for_service = false;
struct service_lookup {
  service_lookup() { looks_for_service = true; }
  ~service_lookup() { looks_for_service = false; }
  service_lookup(const service_lookup&) = delete;
  service_lookup& operator=(const service_lookup&) = delete;
};

/// The event loop of a context, on the scheduler of the execution.
class runtime final : public coweave::detail::ForeignRuntime {
 public:
  runtime() : loop_(native_) { coweave::detail::note_asio(COWEAVE_ASIO_VERSION); }
  native_context& native() {
    if (!looks_for_service) {
      is_in_use_ = true;
      if (!is_elsewhere()) loop_.watch();
    }
    return native_;
  }
  void start(const Place& place) {
    is_in_use_ = is_busy_ = false;
    deadline_.reset();
    loop_.begin();
    begin(place);
  }
  /// A completion has come by an executor of this runtime.
  void note_handed_over() noexcept {
    if (!is_elsewhere()) ++handed_over_;
  }
  /// When a context ends: whatever the program did to the io_context itself is then known.
  void look_at_native() {
    if (is_in_use_ && loop_.was_run_by_program()) report_interference();
  }

 private:
  [[nodiscard]] bool is_in_use() const override { return is_in_use_; }
  [[nodiscard]] bool is_busy() const override { return is_busy_; }
  [[nodiscard]] std::optional<Clock::time_point> next_deadline() const override {
    return deadline_;
  }
  [[nodiscard]] bool has_only_timers() override {
    return fires_timers() && loop_.has_only_timers();
  }
  void call(coweave::detail::Handler& handler) override {
    const recycling::scope scope(memory_);
    handler.invoke(handler, *this);
  }
  std::size_t poll() override {
    if (loop_.was_run_by_program()) report_interference();
    const std::size_t strayed = loop_.poll(fires_timers(), [this] { return handed_over_; });
    is_busy_ = loop_.is_busy();
    deadline_ = fires_timers() ? loop_.next_deadline() : std::nullopt;
    return strayed;
  }
  /// Whether timers of Asio's own keep the time of the scheduler, so that this fires them.
  static bool fires_timers() {
    return coweave::detail::has_virtual_clock ||
           !coweave::detail::context.services->has_virtual_time();
  }
  void abandon() noexcept override { native_.shutdown(); }

  recycling memory_;
  native_context native_;
  native_loop loop_;
  std::size_t handed_over_ = 0;  // Completions.
  std::optional<Clock::time_point> deadline_;
  bool is_in_use_ = false;
  bool is_busy_ = false;
};

/// Runtimes that have ended well wait here for the next execution: making a reactor costs more than
/// most executions.
inline std::vector<std::unique_ptr<runtime>>& idle_runtimes() {
  static thread_local std::vector<std::unique_ptr<runtime>> idle;
  return idle;
}

/// A handler in the memory that its allocator gives; std::allocator: in that of the runtime.
template <class Function, class Allocator>
class handler final : public coweave::detail::Handler {
 public:
  template <class Argument>
  static handler& make(Argument&& function, const Allocator& allocator, runtime& owner) {
    if constexpr (uses_runtime) {
      const bool is_elsewhere = owner.is_elsewhere();
      void* const memory =
          is_elsewhere ? ::operator new(sizeof(handler)) : owner.allocate(sizeof(handler));
      handler& made = *::new (memory) handler(std::forward<Argument>(function), allocator);
      made.is_on_heap_ = is_elsewhere;
      return made;
    } else {
      rebound memory(allocator);
      return *::new (static_cast<void*>(std::allocator_traits<rebound>::allocate(memory, 1)))
          handler(std::forward<Argument>(function), allocator);
    }
  }

 private:
  using rebound = typename std::allocator_traits<Allocator>::template rebind_alloc<handler>;
  static constexpr bool uses_runtime = std::is_same_v<Allocator, std::allocator<void>> &&
                                       alignof(Function) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__;

  template <class Argument>
  handler(Argument&& function, const Allocator& allocator)
      : function_(std::forward<Argument>(function)), allocator_(allocator) {
    invoke = [](Handler& base, coweave::detail::ForeignRuntime& owner) {
      auto& self = static_cast<handler&>(base);
      Function called(std::move(self.function_));
      self.free(owner);
      called();
    };
    destroy = [](Handler& base, coweave::detail::ForeignRuntime& owner) noexcept {
      auto& self = static_cast<handler&>(base);
      [[maybe_unused]] const Function dropped(std::move(self.function_));
      self.free(owner);
    };
  }
  void free(coweave::detail::ForeignRuntime& owner) noexcept {
    if constexpr (uses_runtime) {
      const bool is_on_heap = is_on_heap_;
      this->~handler();
      if (is_on_heap) {
        ::operator delete(this, sizeof(handler));
      } else {
        owner.deallocate(this, sizeof(handler));
      }
    } else {
      rebound memory(allocator_);
      this->~handler();
      std::allocator_traits<rebound>::deallocate(memory, this, 1);
    }
  }
  ~handler() = default;

  Function function_;
  [[no_unique_address]] Allocator allocator_;
  bool is_on_heap_ = false;
};

}  // namespace detail

/// An executor of a context: meets Asio's executor requirements as io_context::executor_type does.
/// A handler that it executes becomes a step that the strategy schedules; a dispatch from within a
/// handler of the context runs inline. Carries the name of the tasks that its handlers are.
template <class Allocator = std::allocator<void>>
class basic_executor {
  using blocking_t = COWEAVE_ASIO::execution::blocking_t;
  using relationship_t = COWEAVE_ASIO::execution::relationship_t;
  using outstanding_work_t = COWEAVE_ASIO::execution::outstanding_work_t;
  template <class Other>
  using allocator_t = COWEAVE_ASIO::execution::allocator_t<Other>;

 public:
  basic_executor(const basic_executor& other) noexcept
      : runtime_(other.runtime_),
        work_(other.work_),
        origin_(other.origin_),
        never_blocks_(other.never_blocks_),
        continues_(other.continues_),
        allocator_(other.allocator_) {
    if (work_ != nullptr) coweave::detail::ForeignRuntime::share(*work_);
  }
  basic_executor(basic_executor&& other) noexcept
      : runtime_(other.runtime_),
        work_(std::exchange(other.work_, nullptr)),
        origin_(other.origin_),
        never_blocks_(other.never_blocks_),
        continues_(other.continues_),
        allocator_(std::move(other.allocator_)) {}
  basic_executor& operator=(basic_executor other) noexcept {
    swap(other);
    return *this;
  }
  ~basic_executor() {
    if (work_ != nullptr) runtime_->release(*work_);
  }

  friend bool operator==(const basic_executor& a, const basic_executor& b) noexcept {
    return a.runtime_ == b.runtime_ && a.origin_ == b.origin_ &&
           a.never_blocks_ == b.never_blocks_ && a.continues_ == b.continues_ &&
           (a.work_ != nullptr) == (b.work_ != nullptr) && a.allocator_ == b.allocator_;
  }
  friend bool operator!=(const basic_executor& a, const basic_executor& b) noexcept {
    return !(a == b);
  }

  static constexpr COWEAVE_ASIO::execution::mapping_t query(
      COWEAVE_ASIO::execution::mapping_t /*property*/) noexcept {
    return COWEAVE_ASIO::execution::mapping.thread;
  }
  [[nodiscard]] COWEAVE_ASIO::io_context& query(
      COWEAVE_ASIO::execution::context_t /*property*/) const noexcept {
    return runtime_->native();
  }
  [[nodiscard]] constexpr blocking_t query(blocking_t /*property*/) const noexcept {
    return never_blocks_ ? blocking_t(COWEAVE_ASIO::execution::blocking.never)
                         : blocking_t(COWEAVE_ASIO::execution::blocking.possibly);
  }
  [[nodiscard]] constexpr relationship_t query(relationship_t /*property*/) const noexcept {
    return continues_ ? relationship_t(COWEAVE_ASIO::execution::relationship.continuation)
                      : relationship_t(COWEAVE_ASIO::execution::relationship.fork);
  }
  [[nodiscard]] constexpr outstanding_work_t query(outstanding_work_t /*property*/) const noexcept {
    return work_ != nullptr
               ? outstanding_work_t(COWEAVE_ASIO::execution::outstanding_work.tracked)
               : outstanding_work_t(COWEAVE_ASIO::execution::outstanding_work.untracked);
  }
  template <class Other>
  [[nodiscard]] constexpr Allocator query(allocator_t<Other> /*property*/) const noexcept {
    return allocator_;
  }

  [[nodiscard]] basic_executor require(blocking_t::possibly_t /*property*/) const {
    basic_executor other(*this);
    other.never_blocks_ = false;
    return other;
  }
  [[nodiscard]] basic_executor require(blocking_t::never_t /*property*/) const {
    basic_executor other(*this);
    other.never_blocks_ = true;
    return other;
  }
  [[nodiscard]] basic_executor require(relationship_t::fork_t /*property*/) const {
    basic_executor other(*this);
    other.continues_ = false;
    return other;
  }
  [[nodiscard]] basic_executor require(relationship_t::continuation_t /*property*/) const {
    basic_executor other(*this);
    other.continues_ = true;
    return other;
  }
  [[nodiscard]] basic_executor require(outstanding_work_t::tracked_t /*property*/) const {
    basic_executor other(*this);
    if (work_ == nullptr) other.work_ = runtime_->start_work(origin_);
    return other;
  }
  [[nodiscard]] basic_executor require(outstanding_work_t::untracked_t /*property*/) const {
    basic_executor other(*this);
    if (other.work_ != nullptr) runtime_->release(*std::exchange(other.work_, nullptr));
    return other;
  }
  template <class Other>
  [[nodiscard]] basic_executor<Other> require(allocator_t<Other> allocator) const {
    return basic_executor<Other>(*this, allocator.value());
  }
  [[nodiscard]] basic_executor<std::allocator<void>> require(allocator_t<void> /*property*/) const {
    return basic_executor<std::allocator<void>>(*this, std::allocator<void>());
  }

  /// Runs `function` as a step of its own, or inline where blocking is possible and a handler of
  /// the context is running.
  template <class Function>
  void execute(Function&& function) const {
    using Plain = std::decay_t<Function>;
    if (!never_blocks_ && runtime_->is_inside()) {
      Plain inline_function(std::forward<Function>(function));
      try {
        inline_function();
      } catch (...) {
        runtime_->capture_exception();
      }
      return;
    }
    if (!never_blocks_ && work_ != nullptr) runtime_->note_handed_over();
    runtime_->submit(detail::handler<Plain, Allocator>::make(std::forward<Function>(function),
                                                             allocator_, *runtime_),
                     work_, origin_,
                     work_ != nullptr ? OperationKind::complete : OperationKind::post);
  }

 private:
  friend class context;
  friend class strand;
  template <class>
  friend class basic_executor;

  void note_handed_over() const noexcept { runtime_->note_handed_over(); }

  basic_executor(detail::runtime& runtime, std::uint32_t origin) noexcept
      : runtime_(&runtime), origin_(origin) {}
  template <class Other>
  basic_executor(const basic_executor<Other>& other, const Allocator& allocator) noexcept
      : runtime_(other.runtime_),
        work_(other.work_),
        origin_(other.origin_),
        never_blocks_(other.never_blocks_),
        continues_(other.continues_),
        allocator_(allocator) {
    if (work_ != nullptr) coweave::detail::ForeignRuntime::share(*work_);
  }
  void swap(basic_executor& other) noexcept {
    std::swap(runtime_, other.runtime_);
    std::swap(work_, other.work_);
    std::swap(origin_, other.origin_);
    std::swap(never_blocks_, other.never_blocks_);
    std::swap(continues_, other.continues_);
    std::swap(allocator_, other.allocator_);
  }

  detail::runtime* runtime_;
  coweave::detail::OutstandingWork* work_ = nullptr;
  std::uint32_t origin_;
  bool never_blocks_ = false;
  bool continues_ = false;
  [[no_unique_address]] Allocator allocator_{};
};

/// Takes the place of an io_context in a test body: the scheduler runs its handlers. Construct I/O
/// objects, strands and coroutines on it or on its executor; `co_await run()` where
/// io_context::run() stood. Lives within one execution. Handlers and operations that are left are
/// destroyed with it, or when the execution ends before.
class context {
 public:
  using executor_type = basic_executor<>;

  explicit context(Place place = Place::current()) {
    std::vector<std::unique_ptr<detail::runtime>>& idle = detail::idle_runtimes();
    if (idle.empty()) {
      runtime_ = std::make_unique<detail::runtime>();
    } else {
      runtime_ = std::move(idle.back());
      idle.pop_back();
    }
    runtime_->start(place);
    origin_ = runtime_->origin({}, place);
  }
  ~context() {
    runtime_->look_at_native();
    if (runtime_->end()) detail::idle_runtimes().push_back(std::move(runtime_));
  }
  context(const context&) = delete;
  context& operator=(const context&) = delete;

  [[nodiscard]] executor_type get_executor() const noexcept { return {*runtime_, origin_}; }
  /// An executor whose handlers are tasks of this name, and begin at this place, in reports.
  [[nodiscard]] executor_type executor(std::string_view name,
                                       Place place = Place::current()) const {
    return {*runtime_, runtime_->origin(name, place)};
  }

  /// `co_await context.run()` lets handlers run until none is left and no work is outstanding.
  /// Throws what a handler throws, as io_context::run() does. A deadlock if work is outstanding for
  /// ever.
  [[nodiscard]] auto run(Place place = Place::current()) { return runtime_->run(place); }

  /// For constructors that take a context: its executor is `get_executor()`, its services are those
  /// of an io_context. Handlers that run on that io_context itself, because they were posted to it
  /// or because the program runs it, are no steps: an `uncontrolled` failure says how many and
  /// after which step.
  operator COWEAVE_ASIO::io_context&() const noexcept { return runtime_->native(); }

 private:
  std::unique_ptr<detail::runtime> runtime_;
  std::uint32_t origin_ = 0;
};

using executor = context::executor_type;

/// A steady timer on virtual time, portably: in production on the steady clock. Unmodified
/// `steady_timer`s need coweave::virtual_clock.
using virtual_timer = COWEAVE_ASIO::basic_waitable_timer<virtual_steady_clock, virtual_wait_traits>;

}  // namespace coweave::COWEAVE_ASIO_NAMESPACE
