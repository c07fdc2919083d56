// Part of <coweave/asio.hpp> and <coweave/boost_asio.hpp>, which include it once each behind the
// macros that native.ipp names: a strand that makes each handler a step.

namespace coweave::COWEAVE_ASIO_NAMESPACE {

/// A strand that gives each handler a step of its own: a strand of Asio runs all that is queued in
/// one, so that nothing else is ever seen between two of its handlers. Handlers run in the order in
/// which they were submitted, never two at a time; a dispatch from within one runs inline, and so
/// does one to an idle strand from within a handler of the context, as with a strand of Asio.
class strand {
  struct queued {
    queued() = default;
    queued(const queued&) = delete;
    queued& operator=(const queued&) = delete;
    virtual ~queued() = default;
    virtual void run() = 0;
  };
  template <class Function>
  struct queued_function final : queued {
    explicit queued_function(Function given) : function(std::move(given)) {}
    void run() override { function(); }
    Function function;
  };
  struct state {
    std::deque<std::unique_ptr<queued>> waiting;
    bool is_running = false;  // Within one of its handlers.
  };
  /// A step: runs the first, and posts itself if there are more.
  struct turn {
    void operator()() {
      struct end_of_turn {
        turn& of;
        ~end_of_turn() {
          of.shared->is_running = false;
          if (!of.shared->waiting.empty()) of.post();
        }
      };
      const end_of_turn at_the_end{*this};
      const std::unique_ptr<queued> first = std::move(shared->waiting.front());
      shared->waiting.pop_front();
      shared->is_running = true;
      first->run();
    }
    void post() {
      inner.require(COWEAVE_ASIO::execution::blocking.never).execute(turn{shared, inner});
    }
    std::shared_ptr<state> shared;
    basic_executor<> inner;
  };

 public:
  using inner_executor_type = basic_executor<>;

  explicit strand(const basic_executor<>& inner)
      : shared_(std::make_shared<state>()), inner_(inner) {}

  friend bool operator==(const strand& a, const strand& b) noexcept {
    return a.shared_ == b.shared_ && a.inner_ == b.inner_;
  }
  friend bool operator!=(const strand& a, const strand& b) noexcept { return !(a == b); }

  static constexpr COWEAVE_ASIO::execution::mapping_t query(
      COWEAVE_ASIO::execution::mapping_t) noexcept {
    return COWEAVE_ASIO::execution::mapping.thread;
  }
  template <class Property>
  [[nodiscard]] auto query(const Property& property) const noexcept
      -> decltype(std::declval<const basic_executor<>&>().query(property)) {
    return inner_.query(property);
  }
  template <class Property>
  requires std::is_same_v<decltype(std::declval<const basic_executor<>&>().require(
                              std::declval<const Property&>())),
                          basic_executor<>>
  [[nodiscard]] strand require(const Property& property) const {
    return strand(shared_, inner_.require(property));
  }

  template <class Function>
  void execute(Function&& function) const {
    const bool may_block = inner_.query(COWEAVE_ASIO::execution::blocking) ==
                           COWEAVE_ASIO::execution::blocking.possibly;
    if (may_block && shared_->is_running) {
      inner_.execute(std::forward<Function>(function));  // Within a handler: inline.
      return;
    }
    const bool is_idle = shared_->waiting.empty() && !shared_->is_running;
    shared_->waiting.push_back(std::make_unique<queued_function<std::decay_t<Function>>>(
        std::forward<Function>(function)));
    if (is_idle) {
      inner_.execute(turn{shared_, inner_});
    } else if (may_block && inner_.query(COWEAVE_ASIO::execution::outstanding_work) ==
                                COWEAVE_ASIO::execution::outstanding_work.tracked) {
      inner_.note_handed_over();
    }
  }

 private:
  strand(std::shared_ptr<state> shared, const basic_executor<>& inner)
      : shared_(std::move(shared)), inner_(inner) {}

  std::shared_ptr<state> shared_;
  basic_executor<> inner_;
};

}  // namespace coweave::COWEAVE_ASIO_NAMESPACE
