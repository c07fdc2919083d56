// The first part of <coweave/asio.hpp> and <coweave/boost_asio.hpp>: the io_context beneath a
// context, and what Coweave has to know of it.
//
// The files of this folder are no headers of their own, and have no include guard: each of the two
// headers compiles them once, into a namespace of its own. Before it includes them it includes the
// library's headers, and defines
//   COWEAVE_ASIO_NAMESPACE  the namespace of the adapter, below coweave: asio or boost_asio
//   COWEAVE_ASIO            the namespace of the library
//   COWEAVE_ASIO_DETAIL     the namespace of the library's internals, as a declaration names it
//   COWEAVE_ASIO_NUMBER     the version of the library, as a number
//   COWEAVE_ASIO_VERSION    that number and, for Boost, the number of Boost's version
//   COWEAVE_ASIO_HAS_EPOLL  1 if the library's reactor is the one of Linux, else 0

namespace coweave::COWEAVE_ASIO_NAMESPACE {

/// The io_context that owns the services and the reactor of a context. Coweave polls it; its own
/// executor and its run() are not for users.
class native_context final : public COWEAVE_ASIO::io_context {
 public:
  native_context() : io_context(1) {}
  /// Destroys all operations under way.
  using execution_context::shutdown;
};

namespace detail {

#if COWEAVE_ASIO_HAS_EPOLL

// Private members of Asio, the same in all versions from 1.22 to 1.38. An explicit instantiation
// may name them; the functions that it defines hand them out.
using native_scheduler = COWEAVE_ASIO::detail::scheduler;
using native_operation = COWEAVE_ASIO::detail::scheduler_operation;
using native_queue = COWEAVE_ASIO::detail::op_queue<native_operation>;
using native_reactor = COWEAVE_ASIO::detail::epoll_reactor;
using native_descriptor = native_reactor::descriptor_state;
using native_timers = COWEAVE_ASIO::detail::timer_queue_base;
using native_strands = COWEAVE_ASIO::detail::strand_executor_service;
using native_strand = native_strands::strand_impl;

template <class Queue>
std::size_t size_of(Queue& queue) {
  std::size_t size = 0;
  for (auto* found = queue.front(); found != nullptr;
       found = COWEAVE_ASIO::detail::op_queue_access::next(found))
    ++size;
  return size;
}
template <class Queue, std::size_t count>
std::size_t size_of(Queue (&queues)[count]) {
  std::size_t size = 0;
  for (Queue& queue : queues) size += size_of(queue);
  return size;
}

native_queue& queue_of(native_scheduler& scheduler);
native_operation& task_marker_of(native_scheduler& scheduler);
void lock(native_scheduler& scheduler);
void unlock(native_scheduler& scheduler);
bool has_work(const native_scheduler& scheduler);
template <auto queue, auto marker, auto mutex, auto work>
struct scheduler_members {
  friend native_queue& queue_of(native_scheduler& scheduler) { return scheduler.*queue; }
  friend native_operation& task_marker_of(native_scheduler& scheduler) { return scheduler.*marker; }
  friend void lock(native_scheduler& scheduler) { (scheduler.*mutex).lock(); }
  friend void unlock(native_scheduler& scheduler) { (scheduler.*mutex).unlock(); }
  friend bool has_work(const native_scheduler& scheduler) {
    return static_cast<long>(scheduler.*work) > 0;
  }
};
template struct scheduler_members<&native_scheduler::op_queue_, &native_scheduler::task_operation_,
                                  &native_scheduler::mutex_, &native_scheduler::outstanding_work_>;

bool is_descriptor(const native_operation& operation);
template <auto function, auto of_descriptors>
struct operation_members {
  friend bool is_descriptor(const native_operation& operation) {
    return operation.*function == of_descriptors;
  }
};
template struct operation_members<&native_operation::func_, &native_descriptor::do_complete>;

/// How many operations wait for the descriptor.
std::size_t waiting_at(native_descriptor& descriptor);
template <auto queues>
struct descriptor_members {
  friend std::size_t waiting_at(native_descriptor& descriptor) {
    return size_of(descriptor.*queues);
  }
};
template struct descriptor_members<&native_descriptor::op_queue_>;

native_timers* first_timers_of(native_reactor& reactor);
native_timers* next_timers(native_timers& timers);
bool has_descriptors(native_reactor& reactor);
template <auto set, auto first, auto next, auto descriptors>
struct reactor_members {
  friend native_timers* first_timers_of(native_reactor& reactor) { return reactor.*set.*first; }
  friend native_timers* next_timers(native_timers& timers) { return timers.*next; }
  friend bool has_descriptors(native_reactor& reactor) {
    return (reactor.*descriptors).first() != nullptr;
  }
};
template struct reactor_members<&native_reactor::timer_queues_,
                                &COWEAVE_ASIO::detail::timer_queue_set::first_,
                                &native_timers::next_, &native_reactor::registered_descriptors_>;

native_strand* first_of(native_strands& strands);
native_strand* next_of(native_strand& strand);
/// How many handlers the strand holds.
std::size_t held_by(native_strand& strand);
template <auto first, auto next, auto ready, auto waiting>
struct strand_members {
  friend native_strand* first_of(native_strands& strands) { return strands.*first; }
  friend native_strand* next_of(native_strand& strand) { return strand.*next; }
  friend std::size_t held_by(native_strand& strand) {
    return size_of(strand.*ready) + size_of(strand.*waiting);
  }
};
template struct strand_members<&native_strands::impl_list_, &native_strand::next_,
                               &native_strand::ready_queue_, &native_strand::waiting_queue_>;

/// Steps the io_context beneath a context, an operation at a time, and fires its timers.
class native_loop {
 public:
  explicit native_loop(native_context& stepped)
      : native_(stepped), scheduler_(COWEAVE_ASIO::use_service<native_scheduler>(stepped)) {}

  native_loop(const native_loop&) = delete;
  native_loop& operator=(const native_loop&) = delete;
  ~native_loop() { stop_watching(); }

  /// From now on, it is noticed if the program runs or stops the io_context by itself.
  void watch() {
    if (is_polling_ || sentinel_.is_queued) return;
    scheduler_.work_started();
    const guard while_locked(scheduler_);
    native_queue& queue = queue_of(scheduler_);
    native_queue others;
    others.push(queue);
    queue.push(&sentinel_);
    queue.push(others);
    sentinel_.is_queued = true;
  }
  /// Whether the program has done so since the last begin() or poll().
  [[nodiscard]] bool was_run_by_program() const { return sentinel_.has_run || native_.stopped(); }
  void begin() {
    sentinel_.has_run = false;
    native_.restart();
  }

  /// Fires the timers that are due, asks the reactor once if there is anything that only the kernel
  /// knows, and runs operations until none is left. `handed_over()` counts the completions that
  /// executors of Coweave's have got so far. Returns how many operations called a handler here
  /// instead of handing it over. `has_own_timers`: this loop fires them, not the reactor.
  template <class HandedOver>
  std::size_t poll(bool has_own_timers, const HandedOver& handed_over) {
    const polling scope(*this);
    look_for_services();
    if (has_own_timers) fire_timers();
    const bool asks_reactor =
        reactor_ != nullptr && (!has_own_timers || has_descriptors(*reactor_));
    const marker_aside without_reactor(*this, !asks_reactor);
    std::size_t strayed = 0;
    bool is_asked = !asks_reactor;
    while (true) {
      native_operation* next = upcoming(!is_asked);
      if (next == nullptr) break;
      const bool is_own = next == &nothing_;
      auto* const descriptor =
          is_descriptor(*next) ? reinterpret_cast<native_descriptor*>(next) : nullptr;
      const std::size_t waiting = descriptor != nullptr ? waiting_at(*descriptor) : 0;
      const std::size_t before = handed_over();
      const std::size_t held = held_by_strands();
      if (native_.poll_one() == 0) break;
      if (is_own) {
        is_asked = true;
        continue;
      }
      const bool has_completed = descriptor == nullptr || waiting_at(*descriptor) < waiting;
      // An idle strand that gets a handler submits itself, a busy one only keeps the handler.
      const std::size_t kept = std::max(held, held_by_strands()) - held;
      const std::size_t handed = std::max(handed_over() - before, kept);
      if (handed != (has_completed ? 1U : 0U)) ++strayed;
    }
    return strayed;
  }

  /// Whether operations were under way after the last poll().
  [[nodiscard]] bool is_busy() const { return is_busy_; }

  /// When the earliest timer is due. None if it is further away than Asio can tell.
  [[nodiscard]] std::optional<Clock::time_point> next_deadline() {
    std::optional<Clock::time_point> earliest;
    constexpr long none = std::numeric_limits<long>::max();
    for_each_timers([&earliest](native_timers& timers) {
      const long wait = timers.wait_duration_usec(none);
      if (wait >= coweave::detail::never_expires / std::chrono::microseconds(1)) return;
      const Clock::time_point deadline = Clock::now() + std::chrono::microseconds(wait);
      earliest = earliest ? std::min(*earliest, deadline) : deadline;
    });
    return earliest;
  }

  /// Whether all that may still happen here is that timers expire.
  [[nodiscard]] bool has_only_timers() {
    bool has_timers = false;
    for_each_timers([&has_timers](native_timers& timers) { has_timers |= !timers.empty(); });
    return has_timers && !has_descriptors(*reactor_) && !has_resolver<COWEAVE_ASIO::ip::tcp>() &&
           !has_resolver<COWEAVE_ASIO::ip::udp>();
  }

 private:
  struct nothing final : native_operation {
    template <class Error>
    static void complete(void* /*owner*/, native_operation* /*self*/, const Error& /*error*/,
                         std::size_t /*size*/) {}
    nothing() : native_operation(&complete) {}
  };
  /// First in the queue while Coweave does not poll: if it runs, the program runs the io_context.
  struct sentinel final : native_operation {
    template <class Error>
    static void complete(void* owner, native_operation* self, const Error& /*error*/,
                         std::size_t /*size*/) {
      auto& found = static_cast<sentinel&>(*self);
      found.is_queued = false;
      found.has_run = found.has_run || owner != nullptr;  // Else it is destroyed with the rest.
    }
    sentinel() : native_operation(&complete) {}
    bool is_queued = false;
    bool has_run = false;
  };
  /// A poll(): it begins and ends with an io_context that is not stopped.
  struct polling {
    explicit polling(native_loop& polled) : loop(polled) {
      loop.is_polling_ = true;
      loop.stop_watching();
      loop.begin();
    }
    ~polling() {
      loop.is_busy_ = has_work(loop.scheduler_);
      loop.native_.restart();
      loop.is_polling_ = false;
      loop.watch();
    }
    polling(const polling&) = delete;
    polling& operator=(const polling&) = delete;
    native_loop& loop;
  };
  struct guard {
    explicit guard(native_scheduler& locked) : scheduler(locked) { lock(scheduler); }
    ~guard() { unlock(scheduler); }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;
    native_scheduler& scheduler;
  };

  /// While it lives, poll_one() does not run the reactor.
  class marker_aside {
   public:
    marker_aside(native_loop& loop, bool is_wanted) : loop_(loop) {
      if (is_wanted) is_aside_ = loop.take_out(task_marker_of(loop.scheduler_));
    }
    ~marker_aside() {
      if (is_aside_) loop_.put_marker_back();
    }
    marker_aside(const marker_aside&) = delete;
    marker_aside& operator=(const marker_aside&) = delete;

   private:
    native_loop& loop_;
    bool is_aside_ = false;
  };

  template <class Protocol>
  [[nodiscard]] bool has_resolver() const {
    return COWEAVE_ASIO::has_service<COWEAVE_ASIO::detail::resolver_service<Protocol>>(native_);
  }
  void look_for_services() {
    if (reactor_ == nullptr && COWEAVE_ASIO::has_service<native_reactor>(native_))
      reactor_ = &COWEAVE_ASIO::use_service<native_reactor>(native_);
    if (strands_ == nullptr && COWEAVE_ASIO::has_service<native_strands>(native_))
      strands_ = &COWEAVE_ASIO::use_service<native_strands>(native_);
  }
  [[nodiscard]] std::size_t held_by_strands() const {
    if (strands_ == nullptr) return 0;
    std::size_t held = 0;
    for (native_strand* strand = first_of(*strands_); strand != nullptr; strand = next_of(*strand))
      held += held_by(*strand);
    return held;
  }
  template <class Visit>
  void for_each_timers(const Visit& visit) {
    if (reactor_ == nullptr) return;
    for (native_timers* timers = first_timers_of(*reactor_); timers != nullptr;
         timers = next_timers(*timers))
      visit(*timers);
  }
  void fire_timers() {
    native_queue due;
    for_each_timers([&due](native_timers& timers) { timers.get_ready_timers(due); });
    scheduler_.post_deferred_completions(due);
  }

  /// What the next poll_one() runs: null if nothing. It runs the reactor too if the marker of that
  /// is first, and then needs an operation behind it: one of ours, if `asks_reactor`, else what is
  /// there.
  native_operation* upcoming(bool asks_reactor) {
    const guard while_locked(scheduler_);
    native_queue& queue = queue_of(scheduler_);
    native_operation* const first = queue.front();
    native_operation* const marker = &task_marker_of(scheduler_);
    if (first != nullptr && first != marker) return first;
    if (first == marker)
      if (native_operation* const next = COWEAVE_ASIO::detail::op_queue_access::next(first))
        return next;
    if (!asks_reactor) return nullptr;
    scheduler_.work_started();
    queue.push(&nothing_);
    return &nothing_;
  }
  void stop_watching() {
    if (!sentinel_.is_queued) return;
    take_out(sentinel_);
    sentinel_.is_queued = false;
    scheduler_.work_finished();
  }
  /// Removes `wanted` from the queue; returns whether it was there.
  bool take_out(const native_operation& wanted) {
    const guard while_locked(scheduler_);
    native_queue& queue = queue_of(scheduler_);
    native_queue others;
    bool is_found = false;
    while (native_operation* const first = queue.front()) {
      queue.pop();
      if (first == &wanted) {
        is_found = true;
      } else {
        others.push(first);
      }
    }
    queue.push(others);
    return is_found;
  }
  void put_marker_back() {
    const guard while_locked(scheduler_);
    queue_of(scheduler_).push(&task_marker_of(scheduler_));
  }

  native_context& native_;
  native_scheduler& scheduler_;
  native_reactor* reactor_ = nullptr;
  native_strands* strands_ = nullptr;
  nothing nothing_;
  sentinel sentinel_;
  bool is_polling_ = false;
  bool is_busy_ = false;
};

#else  // Another reactor: it fires its timers by itself, and what runs in its loop is not looked
       // at.

class native_loop {
 public:
  explicit native_loop(native_context& stepped) : native_(stepped) {}
  void watch() {}
  void begin() { native_.restart(); }
  [[nodiscard]] bool was_run_by_program() const { return false; }
  template <class HandedOver>
  std::size_t poll(bool /*has_own_timers*/, const HandedOver& /*handed_over*/) {
    native_.poll();
    is_busy_ = !native_.stopped();
    native_.restart();
    return 0;
  }
  [[nodiscard]] bool is_busy() const { return is_busy_; }
  [[nodiscard]] std::optional<Clock::time_point> next_deadline() { return std::nullopt; }
  [[nodiscard]] bool has_only_timers() { return false; }

 private:
  native_context& native_;
  bool is_busy_ = false;
};

#endif  // COWEAVE_ASIO_HAS_EPOLL

}  // namespace detail
}  // namespace coweave::COWEAVE_ASIO_NAMESPACE
