// Part of <coweave/asio.hpp> and <coweave/boost_asio.hpp>, which include it once each behind the
// macros that native.ipp names: the service that basic_waitable_timer asks for the clock of
// executions. Within explore() and run() its waits are timers of Coweave's own, and no reactor is
// made, polled or woken for them; elsewhere they are those of Asio's service for any other clock.

namespace COWEAVE_ASIO_DETAIL {  // NOLINT(modernize-concat-nested-namespaces): one macro.

/// What the timers of production use: other traits, so that it is Asio's own service.
struct coweave_real_time_traits
    : chrono_time_traits<coweave::virtual_steady_clock, coweave::virtual_wait_traits> {};

template <>
class deadline_timer_service<
    chrono_time_traits<coweave::virtual_steady_clock, coweave::virtual_wait_traits>>
    : public execution_context_service_base<deadline_timer_service<
          chrono_time_traits<coweave::virtual_steady_clock, coweave::virtual_wait_traits>>> {
  using traits = chrono_time_traits<coweave::virtual_steady_clock, coweave::virtual_wait_traits>;
  using real_service = deadline_timer_service<coweave_real_time_traits>;
  using base = execution_context_service_base<deadline_timer_service<traits>>;
  using error = decltype(wait_op::ec_);

 public:
  using time_type = traits::time_type;
  using duration_type = traits::duration_type;

 private:
  /// Calls a member function at a time of the execution.
  struct alarm : coweave::detail::Listener {
    void arm(coweave::Clock::time_point deadline) {
      disarm();
      armed_by = coweave::detail::context.services;
      armed_by->arm_timer(*this, deadline);
    }
    void disarm() noexcept {
      if (armed_by != nullptr) std::exchange(armed_by, nullptr)->disarm_timer(*this);
    }
    coweave::detail::TaskServices* armed_by = nullptr;
    deadline_timer_service* service = nullptr;
  };

 public:
  /// Of one timer. Linked with the others that have waits, for the end of the context.
  struct implementation_type : private alarm {
    implementation_type() = default;
    implementation_type(const implementation_type&) = delete;
    implementation_type& operator=(const implementation_type&) = delete;

   private:
    friend class deadline_timer_service;
    time_type expiry_{};
    op_queue<wait_op> waits_;
    implementation_type* previous_ = nullptr;
    implementation_type* next_ = nullptr;
    bool is_linked_ = false;
    real_service::implementation_type real_;
  };

  explicit deadline_timer_service(execution_context& context) : base(context) {
    at_end_of_step_.service = this;
    at_end_of_step_.call = [](coweave::detail::Listener& listener) {
      auto& self = static_cast<alarm&>(listener);
      self.armed_by = nullptr;
      self.service->complete(self.service->cancelled_);
    };
  }

  void shutdown() override {
    at_end_of_step_.disarm();
    op_queue<wait_op> abandoned;  // Destroyed here; what they own may be timers.
    abandoned.push(cancelled_);
    while (first_ != nullptr) {
      implementation_type& timer = *first_;
      unlink(timer);
      timer.disarm();
      abandoned.push(timer.waits_);
    }
  }

  void construct(implementation_type& timer) {
    timer.service = this;
    timer.call = [](coweave::detail::Listener& listener) {
      auto& due = static_cast<implementation_type&>(static_cast<alarm&>(listener));
      due.armed_by = nullptr;
      due.service->unlink(due);
      due.service->complete(due.waits_);
    };
    timer.real_.expiry = time_type();
    timer.real_.might_have_pending_waits = false;
  }
  void destroy(implementation_type& timer) {
    static_cast<void>(is_used_elsewhere(timer, "destruction of a timer"));
    error ignored;
    cancel_first(timer, static_cast<std::size_t>(-1), ignored);
  }
  void move_construct(implementation_type& timer, implementation_type& other) {
    construct(timer);
    take(timer, *this, other);
  }
  void move_assign(implementation_type& timer, deadline_timer_service& other_service,
                   implementation_type& other) {
    error ignored;
    cancel(timer, ignored);
    timer.service = &other_service;
    other_service.take(timer, other_service, other);
  }
  void converting_move_construct(implementation_type& timer, deadline_timer_service& /*same*/,
                                 implementation_type& other) {
    move_construct(timer, other);
  }
  void converting_move_assign(implementation_type& timer, deadline_timer_service& other_service,
                              implementation_type& other) {
    move_assign(timer, other_service, other);
  }

  std::size_t cancel(implementation_type& timer, error& result) {
    if (is_used_elsewhere(timer, "cancel of a timer")) return 0;
    return cancel_first(timer, static_cast<std::size_t>(-1), result);
  }
  std::size_t cancel_one(implementation_type& timer, error& result) {
    if (is_used_elsewhere(timer, "cancel of a timer")) return 0;
    return cancel_first(timer, 1, result);
  }

  [[nodiscard]] time_type expiry(const implementation_type& timer) const { return timer.expiry_; }
  [[nodiscard]] time_type expires_at(const implementation_type& timer) const {
    return timer.expiry_;
  }
  [[nodiscard]] duration_type expires_from_now(const implementation_type& timer) const {
    return traits::subtract(timer.expiry_, traits::now());
  }
  std::size_t expires_at(implementation_type& timer, const time_type& expiry, error& result) {
    if (is_used_elsewhere(timer, "a new expiry of a timer")) return 0;
    const std::size_t count = cancel(timer, result);
    timer.expiry_ = expiry;
    return count;
  }
  std::size_t expires_after(implementation_type& timer, const duration_type& wait, error& result) {
    return expires_at(timer, traits::add(traits::now(), wait), result);
  }
  std::size_t expires_from_now(implementation_type& timer, const duration_type& wait,
                               error& result) {
    return expires_after(timer, wait, result);
  }

  /// Blocks the thread, and with it the clock of an execution: refused there unless the time has
  /// come.
  void wait(implementation_type& timer, error& result) {
    result = error();
    if (timer.expiry_ <= traits::now()) return;
    if (is_scheduled() && coweave::detail::context.services->has_virtual_time()) {
      result = COWEAVE_ASIO::error::operation_not_supported;
      return;
    }
    timer.real_.expiry = timer.expiry_;
    real().wait(timer.real_, result);
  }

  template <class Handler, class IoExecutor>
  void async_wait(implementation_type& timer, Handler& handler, const IoExecutor& executor) {
    if (!is_scheduled()) {
      timer.real_.expiry = timer.expiry_;
      real().async_wait(timer.real_, handler, executor);
      return;
    }
    using op = wait_handler<Handler, IoExecutor>;
    auto slot = COWEAVE_ASIO::get_associated_cancellation_slot(handler);
    typename op::ptr memory = {std::addressof(handler), op::ptr::allocate(handler), nullptr};
    memory.p = new (memory.v) op(handler, executor);
    if (slot.is_connected())
      memory.p->cancellation_key_ = &slot.template emplace<cancellation>(*this);
    const bool is_first = !timer.is_linked_;
    timer.waits_.push(memory.p);
    memory.v = memory.p = nullptr;
    if (!is_first) return;
    link(timer);
    timer.arm(coweave::Clock::time_point(timer.expiry_.time_since_epoch()));
  }

 private:
  /// Of one wait, by its cancellation slot. Its address is the key of the wait.
  class cancellation {
   public:
    explicit cancellation(deadline_timer_service& service) : service_(&service) {}
    void operator()(COWEAVE_ASIO::cancellation_type_t type) {
      using COWEAVE_ASIO::cancellation_type;
      if (!!(type &
             (cancellation_type::terminal | cancellation_type::partial | cancellation_type::total)))
        service_->cancel_by_key(this);
    }

   private:
    deadline_timer_service* service_;
  };

  /// Within explore() or run().
  [[nodiscard]] static bool is_scheduled() { return coweave::detail::context.services != nullptr; }
  /// Whether another thread runs the execution whose clock the timer waits for: a failure there,
  /// and the timer is left alone. Where there is none, timers are Asio's, and any thread may use
  /// them.
  [[nodiscard]] static bool is_used_elsewhere(const implementation_type& timer,
                                              std::string_view attempt) noexcept {
    return !is_scheduled() && timer.armed_by != nullptr &&
           coweave::detail::note_use_elsewhere(timer.armed_by, attempt, coweave::Place());
  }
  [[nodiscard]] real_service& real() {
    if (real_ == nullptr) real_ = &COWEAVE_ASIO::use_service<real_service>(this->context());
    return *real_;
  }

  void link(implementation_type& timer) noexcept {
    timer.previous_ = nullptr;
    timer.next_ = first_;
    if (first_ != nullptr) first_->previous_ = &timer;
    first_ = &timer;
    timer.is_linked_ = true;
  }
  void unlink(implementation_type& timer) noexcept {
    (timer.previous_ != nullptr ? timer.previous_->next_ : first_) = timer.next_;
    if (timer.next_ != nullptr) timer.next_->previous_ = timer.previous_;
    timer.is_linked_ = false;
  }

  void take(implementation_type& timer, deadline_timer_service& from, implementation_type& other) {
    timer.expiry_ = std::exchange(other.expiry_, time_type());
    if (real_ != nullptr) real_->move_construct(timer.real_, other.real_);
    if (!other.is_linked_) return;
    from.unlink(other);
    other.disarm();
    timer.waits_.push(other.waits_);
    link(timer);
    timer.arm(coweave::Clock::time_point(timer.expiry_.time_since_epoch()));
  }

  std::size_t cancel_first(implementation_type& timer, std::size_t most, error& result) {
    result = error();
    if (timer.real_.might_have_pending_waits)
      return most == 1 ? real().cancel_one(timer.real_, result)
                       : real().cancel(timer.real_, result);
    std::size_t count = 0;
    for (; count < most && !timer.waits_.empty(); ++count) {
      wait_op* const wait = timer.waits_.front();
      timer.waits_.pop();
      abort(*wait);
    }
    if (count != 0) end_cancelling(timer);
    return count;
  }
  /// The timer of the wait may have been moved since.
  void cancel_by_key(const void* wanted) {
    if (first_ != nullptr && is_used_elsewhere(*first_, "cancel of a timer's wait")) return;
    for (implementation_type* timer = first_; timer != nullptr; timer = timer->next_)
      if (cancel_by_key(*timer, wanted)) return;
  }
  bool cancel_by_key(implementation_type& timer, const void* wanted) {
    op_queue<wait_op> others;
    bool is_found = false;
    while (wait_op* const wait = timer.waits_.front()) {
      timer.waits_.pop();
      if (wait->cancellation_key_ == wanted) {
        abort(*wait);
        is_found = true;
      } else {
        others.push(wait);
      }
    }
    timer.waits_.push(others);
    if (is_found) end_cancelling(timer);
    return is_found;
  }
  void abort(wait_op& wait) {
    wait.ec_ = COWEAVE_ASIO::error::operation_aborted;
    cancelled_.push(&wait);
  }
  /// Handlers of cancelled waits are not called by who cancels them, but when the step has ended.
  void end_cancelling(implementation_type& timer) {
    if (timer.waits_.empty() && timer.is_linked_) {
      timer.disarm();
      unlink(timer);
    }
    if (is_scheduled() && at_end_of_step_.armed_by == nullptr)
      at_end_of_step_.arm(coweave::Clock::now());
  }

  /// Hands them to their executors. Never within a handler.
  void complete(op_queue<wait_op>& waits) {
    op_queue<wait_op> ready;
    ready.push(waits);
    coweave::detail::TaskControl* const running =
        std::exchange(coweave::detail::context.current, nullptr);
    while (wait_op* const wait = ready.front()) {
      ready.pop();
      wait->complete(this, error(), 0);
    }
    coweave::detail::context.current = running;
  }

  implementation_type* first_ = nullptr;
  op_queue<wait_op> cancelled_;
  alarm at_end_of_step_;
  real_service* real_ = nullptr;
};

}  // namespace COWEAVE_ASIO_DETAIL
