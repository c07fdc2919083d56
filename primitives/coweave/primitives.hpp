#pragma once

/// Everything that tasks synchronise and wait with.

#include "coweave/sync/barrier.hpp"
#include "coweave/sync/condition.hpp"
#include "coweave/sync/event.hpp"
#include "coweave/sync/lock.hpp"
#include "coweave/sync/queue.hpp"
#include "coweave/sync/semaphore.hpp"
#include "coweave/time/sleep.hpp"
#include "coweave/time/timeout.hpp"
