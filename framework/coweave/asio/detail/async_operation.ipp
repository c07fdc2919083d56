// Part of <coweave/asio.hpp> and <coweave/boost_asio.hpp>, which include it once each behind the
// macros that native.ipp names: operations on Coweave's primitives as asynchronous operations of
// Asio, in executions and in production.

namespace coweave::COWEAVE_ASIO_NAMESPACE {
namespace detail {

using error_code =
    decltype(COWEAVE_ASIO::error::make_error_code(COWEAVE_ASIO::error::operation_aborted));

class waiting_operations;

/// An operation on a primitive, from its start to its completion. While it waits, its context owns
/// it; when the primitive has woken it, what was posted to its executor does.
struct operation : coweave::detail::AsyncWaiter {
  /// Leaves everything, without completing.
  virtual void destroy() noexcept = 0;
  /// On its executor: goes on with the operation, and completes unless it has to wait again.
  virtual void proceed() = 0;

  operation* earlier = nullptr;  // Links of waiting_operations.
  operation* later = nullptr;

 protected:
  ~operation() = default;
};

/// The operations that wait, of one context: they are destroyed with it.
class waiting_operations final : public COWEAVE_ASIO::execution_context::service {
 public:
  static inline COWEAVE_ASIO::execution_context::id id;

  explicit waiting_operations(COWEAVE_ASIO::execution_context& owner) : service(owner) {}

  void add(operation& added) {
    const std::lock_guard lock(mutex_);
    added.earlier = nullptr;
    added.later = first_;
    if (first_ != nullptr) first_->earlier = &added;
    first_ = &added;
  }
  void remove(operation& removed) {
    const std::lock_guard lock(mutex_);
    (removed.earlier != nullptr ? removed.earlier->later : first_) = removed.later;
    if (removed.later != nullptr) removed.later->earlier = removed.earlier;
  }

 private:
  void shutdown() override {
    while (first_ != nullptr) first_->destroy();
  }

  std::mutex mutex_;  // Strands of one context may run on different threads.
  operation* first_ = nullptr;
};

/// What an operation posts. Move-only.
class continuation {
 public:
  explicit continuation(operation& of) : operation_(&of) {}
  continuation(continuation&& other) noexcept
      : operation_(std::exchange(other.operation_, nullptr)) {}
  continuation& operator=(continuation&&) = delete;
  ~continuation() {
    if (operation_ != nullptr) operation_->destroy();
  }
  void operator()() { std::exchange(operation_, nullptr)->proceed(); }
  operation& release() { return *std::exchange(operation_, nullptr); }

 private:
  operation* operation_;
};

template <class Request>
struct result_of {
  using signature = void(error_code);
};
template <class Request>
requires requires { typename Request::Value; }
struct result_of<Request> {
  using signature = void(error_code, typename Request::Value);
};

template <class Handler, class Executor, class Request>
class async_operation final : public operation {
  static_assert(COWEAVE_ASIO::execution::is_executor<Executor>::value,
                "expected an executor as Asio 1.18 and later define it");
  static_assert(
      !std::is_same_v<Executor, COWEAVE_ASIO::system_executor>,
      "expected an executor that runs one handler at a time, found none or the threads of "
      "system_executor: bind one to the token, or give it as the first argument");

 public:
  static async_operation& make(Handler&& handler, const Executor& executor, Request&& request) {
    memory allocator = memory_of(handler);
    void* const place = std::allocator_traits<memory>::allocate(allocator, 1);
    return *::new (place) async_operation(std::move(handler), executor, std::move(request));
  }

  /// Throws what the request does; the operation is then destroyed.
  void start() {
    continuation self(*this);
    const bool waits = request_.start(*this) == coweave::detail::AsyncResult::waits;
    is_started_ = true;
    auto slot = COWEAVE_ASIO::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) slot.template emplace<canceller>(*this);
    waits ? wait(self) : post(self);
  }

  void destroy() noexcept override {
    stop_waiting();
    if (is_started_ && !is_dropped_ && !coweave::detail::context.is_tearing_down) {
      request_.give_up(*this);
    }
    memory allocator = memory_of(handler_);
    // The handler may own what the rest refers to.
    [[maybe_unused]] const Handler last(std::move(handler_));
    this->~async_operation();
    std::allocator_traits<memory>::deallocate(allocator, this, 1);
  }

  void proceed() override {
    continuation self(*this);
    auto result = coweave::detail::AsyncResult::cancelled;
    if (!is_dropped_) result = request_.finish(*this, std::exchange(is_cancelled_, false));
    if (result == coweave::detail::AsyncResult::waits) return wait(self);
    is_started_ = false;  // It has given up or got what it asked for.
    auto slot = COWEAVE_ASIO::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) slot.clear();
    if constexpr (requires { typename Request::Value; }) {
      using Value = typename Request::Value;
      Value value = result == coweave::detail::AsyncResult::done ? request_.take_value() : Value();
      complete(self, error_of(result), std::move(value));
    } else {
      complete(self, error_of(result));
    }
  }

 private:
  using recycling_memory = COWEAVE_ASIO::detail::get_recycling_allocator<
      typename COWEAVE_ASIO::associated_allocator<Handler>::type,
      COWEAVE_ASIO::detail::thread_info_base::default_tag>;
  using memory = typename std::allocator_traits<
      typename recycling_memory::type>::template rebind_alloc<async_operation>;
  using tracked = std::decay_t<typename COWEAVE_ASIO::prefer_result<
      const Executor&, COWEAVE_ASIO::execution::outstanding_work_t::tracked_t>::type>;

  struct canceller {
    explicit canceller(async_operation& cancelled) : of(&cancelled) {}
    void operator()(COWEAVE_ASIO::cancellation_type_t type) const {
      if (type != COWEAVE_ASIO::cancellation_type_t::none) of->cancel();
    }
    async_operation* of;
  };

  async_operation(Handler&& handler, const Executor& executor, Request&& request)
      : handler_(std::move(handler)), executor_(executor), request_(std::move(request)) {
    call = [](coweave::detail::Listener& woken) {
      auto& self = static_cast<async_operation&>(woken);
      continuation owner(self);
      self.stop_waiting();
      self.post(owner);
    };
    drop = [](coweave::detail::AsyncWaiter& dropped) {
      auto& self = static_cast<async_operation&>(dropped);
      self.is_dropped_ = true;
      if (!self.is_waiting_ || coweave::detail::context.is_tearing_down) return;
      continuation owner(self);
      self.stop_waiting();
      self.post(owner);
    };
  }
  ~async_operation() = default;

  static memory memory_of(const Handler& handler) {
    return memory(recycling_memory::get(COWEAVE_ASIO::get_associated_allocator(handler)));
  }

  static error_code error_of(coweave::detail::AsyncResult result) {
    switch (result) {
      case coweave::detail::AsyncResult::cancelled:
        return COWEAVE_ASIO::error::operation_aborted;
      case coweave::detail::AsyncResult::shut_down:
        return COWEAVE_ASIO::experimental::error::channel_closed;
      case coweave::detail::AsyncResult::broken:
        return COWEAVE_ASIO::experimental::error::channel_cancelled;
      default:
        return {};
    }
  }

  /// Keeps the executor busy, with the word of what this waits for.
  void track() {
    const Operation shown = request_.operation();
    const coweave::detail::Announcement announcement(shown);
    tracked kept =
        COWEAVE_ASIO::prefer(executor_, COWEAVE_ASIO::execution::outstanding_work.tracked);
    work_.emplace(std::move(kept));
  }

  void wait(continuation& self) {
    track();
    if constexpr (COWEAVE_ASIO::can_query_v<const Executor&, COWEAVE_ASIO::execution::context_t>) {
      const service_lookup lookup;
      COWEAVE_ASIO::execution_context& context =
          COWEAVE_ASIO::query(executor_, COWEAVE_ASIO::execution::context);
      service_ = &COWEAVE_ASIO::use_service<waiting_operations>(context);
      service_->add(*this);
    }
    is_waiting_ = true;
    self.release();
  }
  void stop_waiting() {
    if (std::exchange(is_waiting_, false) && service_ != nullptr) service_->remove(*this);
  }

  void post(continuation& self) {
    if (!work_) track();
    const Operation shown = request_.operation();
    const coweave::detail::Announcement announcement(shown);
    auto poster = COWEAVE_ASIO::prefer(
        COWEAVE_ASIO::require(*work_, COWEAVE_ASIO::execution::blocking.never),
        COWEAVE_ASIO::execution::allocator(COWEAVE_ASIO::get_associated_allocator(handler_)));
#if COWEAVE_ASIO_NUMBER < 102400  // No public member of every executor yet.
    COWEAVE_ASIO::execution::execute(poster, std::move(self));
#else
    poster.execute(std::move(self));
#endif
  }

  void cancel() {
    if (is_dropped_ || coweave::detail::context.is_tearing_down) return;
    request_.note_cancel();
    is_cancelled_ = true;
    if (!is_waiting_) return;  // Woken: it gives up what it got when it proceeds.
    state = coweave::detail::WaiterState::cancelled;
    continuation owner(*this);
    stop_waiting();
    post(owner);
  }

  template <class... Results>
  void complete(continuation& self, Results... results) {
    Handler handler(std::move(handler_));
    const std::optional<tracked> work(std::move(work_));  // Until the handler has returned.
    self.release().destroy();
    std::move(handler)(std::move(results)...);
  }

  Handler handler_;
  Executor executor_;
  Request request_;
  std::optional<tracked> work_;
  waiting_operations* service_ = nullptr;
  bool is_started_ = false;
  bool is_waiting_ = false;
  bool is_cancelled_ = false;
  bool is_dropped_ = false;
};

template <class IoExecutor>
struct start_operation {
  using executor_type = IoExecutor;
  [[nodiscard]] executor_type get_executor() const noexcept { return executor; }

  template <class Handler, class Request>
  void operator()(Handler&& handler, Request&& request) const {
    const auto associated = COWEAVE_ASIO::get_associated_executor(handler, executor);
    std::decay_t<Handler> owned(std::forward<Handler>(handler));
    async_operation<std::decay_t<Handler>, std::decay_t<decltype(associated)>,
                    std::decay_t<Request>>::make(std::move(owned), associated,
                                                 std::forward<Request>(request))
        .start();
  }

  IoExecutor executor;
};

template <class IoExecutor, class Request, class Token>
auto initiate(const IoExecutor& executor, Request request, Token&& token) {
  return COWEAVE_ASIO::async_initiate<Token, typename result_of<Request>::signature>(
      start_operation<IoExecutor>{executor}, token, std::move(request));
}

/// Any type. It tells the functions of the two adapters apart where a program includes both
/// headers.
template <class Request>
concept any_request = true;

}  // namespace detail

/// The members of these names, also where <coweave/asio.hpp> and <coweave/boost_asio.hpp> are both
/// included: `token` may be bound to an executor.
template <class Primitive, class Token>
auto async_acquire(Primitive& primitive, Token&& token, Place place = Place::current()) {
  return detail::initiate(COWEAVE_ASIO::system_executor(),
                          typename Primitive::AsyncAcquire(primitive, place),
                          std::forward<Token>(token));
}
template <class Primitive, class Token>
auto async_wait(Primitive& primitive, Token&& token, Place place = Place::current()) {
  return detail::initiate(COWEAVE_ASIO::system_executor(),
                          typename Primitive::AsyncWait(primitive, place),
                          std::forward<Token>(token));
}
template <class Condition, class Predicate, class Token>
auto async_wait_for(Condition& condition, Predicate predicate, Token&& token,
                    Place place = Place::current()) {
  return detail::initiate(
      COWEAVE_ASIO::system_executor(),
      typename Condition::template AsyncWaitFor<Predicate>(condition, std::move(predicate), place),
      std::forward<Token>(token));
}
template <class Queue, class Token>
auto async_get(Queue& queue, Token&& token, Place place = Place::current()) {
  return detail::initiate(COWEAVE_ASIO::system_executor(), typename Queue::AsyncGet(queue, place),
                          std::forward<Token>(token));
}
template <class Queue, class Item, class Token>
auto async_put(Queue& queue, Item&& item, Token&& token, Place place = Place::current()) {
  return detail::initiate(COWEAVE_ASIO::system_executor(),
                          typename Queue::AsyncPut(queue, std::forward<Item>(item), place),
                          std::forward<Token>(token));
}
template <class Queue, class Token>
auto async_join(Queue& queue, Token&& token, Place place = Place::current()) {
  return detail::initiate(COWEAVE_ASIO::system_executor(), typename Queue::AsyncJoin(queue, place),
                          std::forward<Token>(token));
}

}  // namespace coweave::COWEAVE_ASIO_NAMESPACE

namespace coweave::detail {

template <coweave::COWEAVE_ASIO_NAMESPACE::detail::any_request Request, class Token>
auto start_async(AsyncAdapter /*tag*/, Request request, Token&& token) {
  return coweave::COWEAVE_ASIO_NAMESPACE::detail::initiate(
      COWEAVE_ASIO::system_executor(), std::move(request), std::forward<Token>(token));
}
template <coweave::COWEAVE_ASIO_NAMESPACE::detail::any_request Request, class Executor, class Token>
auto start_async(AsyncAdapter /*tag*/, Request request, const Executor& executor, Token&& token) {
  return coweave::COWEAVE_ASIO_NAMESPACE::detail::initiate(executor, std::move(request),
                                                           std::forward<Token>(token));
}

}  // namespace coweave::detail
