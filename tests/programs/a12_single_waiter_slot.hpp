#pragma once

#include <stdexcept>
#include <utility>

#include "actors.hpp"
#include "coweave/primitives.hpp"
#include "one_shot.hpp"

/// A12 (bpo-29930): flow control with one slot for a waiter: the second sender that has to wait
/// while the socket is paused finds it taken. Bug depth 4: the pause comes before both senders
/// reach drain, the resume after. 3 tasks, 6 steps in production order; 114 schedules, 16 fail.
/// Fixed: any number of waiters, here an Event.
namespace programs::single_waiter_slot {

class OldFlowControl {
 public:
  coweave::Task<> drain() {
    if (!is_paused_.read()) co_return;
    const OneShot* const waiter = slot_.read();
    if (waiter != nullptr && !waiter->cancelled()) throw std::logic_error("the slot is taken");
    OneShot resumed("resumed");
    slot_.write(&resumed);
    co_await resumed.wait();
  }
  void pause() { is_paused_.write(true); }
  void resume() {
    is_paused_.write(false);
    if (OneShot* const waiter = std::exchange(slot_.edit(), nullptr)) waiter->set();
  }

 private:
  coweave::Shared<bool> is_paused_{false, "paused"};
  coweave::Shared<OneShot*> slot_{nullptr, "slot"};
};

class FixedFlowControl {
 public:
  FixedFlowControl() { running_.set(); }
  coweave::Task<> drain() { co_await running_.wait(); }
  void pause() { running_.clear(); }
  void resume() { running_.set(); }

 private:
  coweave::Event running_{"running"};
};

template <class FlowControl>
coweave::Task<> socket(FlowControl& flow) {
  flow.pause();
  co_await io();
  flow.resume();
}

template <class FlowControl>
coweave::Task<> send(FlowControl& flow) {
  co_await io();
  co_await flow.drain();
}

template <class FlowControl>
coweave::Task<> program() {
  FlowControl flow;
  co_await coweave::gather(socket(flow), send(flow), send(flow));
}

inline coweave::Task<> buggy() { return program<OldFlowControl>(); }
inline coweave::Task<> fixed() { return program<FixedFlowControl>(); }

}  // namespace programs::single_waiter_slot
