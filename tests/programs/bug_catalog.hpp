#pragma once

#include <array>
#include <string_view>

#include "a01_shared_counter.hpp"
#include "a02_disconnect_during_broadcast.hpp"
#include "a03_over_released_semaphore.hpp"
#include "a04_coalesced_event.hpp"
#include "a05_connection_state.hpp"
#include "a06_lost_lock_wakeup.hpp"
#include "a07_lock_granted_twice.hpp"
#include "a08_semaphore_barging.hpp"
#include "a09_semaphore_stuck.hpp"
#include "a10_lost_notification.hpp"
#include "a11_lost_queue_item.hpp"
#include "a12_single_waiter_slot.hpp"
#include "a13_reply_left_on_connection.hpp"
#include "a14_connection_limit.hpp"
#include "a15_pool_fills_twice.hpp"

/// The fifteen bugs as programs with a name.
namespace programs {

struct NamedBug {
  std::string_view name;
  coweave::Task<> (*buggy)();
};

inline constexpr std::array<NamedBug, 15> bugs{{
    {"A01", shared_counter::buggy},
    {"A02", disconnect_during_broadcast::buggy},
    {"A03", over_released_semaphore::buggy},
    {"A04", coalesced_event::buggy},
    {"A05", connection_state::buggy},
    {"A06", lost_lock_wakeup::buggy},
    {"A07", lock_granted_twice::buggy},
    {"A08", semaphore_barging::buggy},
    {"A09", semaphore_stuck::buggy},
    {"A10", lost_notification::buggy},
    {"A11", lost_queue_item::buggy},
    {"A12", single_waiter_slot::buggy},
    {"A13", reply_left_on_connection::buggy},
    {"A14", connection_limit::buggy},
    {"A15", pool_fills_twice::buggy},
}};

}  // namespace programs
