#pragma once

#include <array>
#include <deque>
#include <memory>
#include <vector>

#include "coweave/coweave.hpp"
#include "coweave/primitives.hpp"

/// The programs by which partial-order reductions are compared, for coroutines: every access is a
/// step of its own. The body waits in one step for all to be quiet, so that it adds no class.
namespace coweave::test {

using Cells = std::deque<Shared<int>>;

inline void resize(Cells& cells, std::size_t size) {
  while (cells.size() < size) cells.emplace_back(0);
}

inline Task<> write_cell(Shared<int>& cell, int value) {
  cell.write(value);
  co_return;
}

inline Task<> read_two(Shared<int>& first, Shared<int>& second) {
  static_cast<void>(first.read());
  co_await yield();
  static_cast<void>(second.read());
}

inline Task<> read_cell(Shared<int>& cell) {
  static_cast<void>(cell.read());
  co_return;
}

/// One writes x, N read it, each after a private read.
inline Task<> readers(std::size_t count) {
  Shared<int> x;
  Cells own;
  resize(own, count);
  spawn(write_cell(x, 42));
  for (Shared<int>& cell : own) spawn(read_two(cell, x));
  co_await wait_all_tasks_blocked();
}

inline Task<> copy_next(Cells& cells, std::size_t index) {
  const int value = cells[index - 1].read();
  co_await yield();
  cells[index].write(value + 1);
}

inline Task<> find_last_zero(Cells& cells) {
  std::size_t index = cells.size() - 1;
  while (index > 0 && cells[index].read() != 0) {
    --index;
    co_await yield();
  }
  if (index == 0) static_cast<void>(cells[0].read());
}

/// N write a[j] = a[j - 1] + 1, one looks for the last zero from the end.
inline Task<> last_zero(std::size_t count) {
  Cells cells;
  resize(cells, count + 1);
  spawn(find_last_zero(cells));
  for (std::size_t j = 1; j <= count; ++j) spawn(copy_next(cells, j));
  co_await wait_all_tasks_blocked();
}

inline Task<> insert_four(Cells& table, int number) {
  for (int m = 1; m <= 4; ++m) {
    const int w = m * 11 + number;
    auto h = static_cast<std::size_t>(w * 7 % 128);
    const auto insert = [&] {
      return table[h].update([w](int& cell) {
        if (cell != 0) return false;
        cell = w;
        return true;
      });
    };
    while (!insert()) {
      h = (h + 1) % 128;
      co_await yield();
    }
    co_await yield();
  }
}

/// N insert four numbers each into a hash table of 128 cells, by compare-and-swap.
inline Task<> indexer(int count) {
  Cells table;
  resize(table, 128);
  for (int t = 0; t < count; ++t) spawn(insert_four(table, t));
  co_await wait_all_tasks_blocked();
}

struct FileSystem {
  std::array<Lock, 32> inode_locks;
  std::array<Lock, 26> block_locks;
  std::array<Shared<int>, 32> inodes;
  std::array<Shared<int>, 26> busy;
};

inline Task<> allocate_block(FileSystem& disk, std::size_t number) {
  const std::size_t i = number % 32;
  co_await disk.inode_locks[i].acquire();
  if (disk.inodes[i].read() == 0) {
    std::size_t b = i * 2 % 26;
    while (true) {
      co_await disk.block_locks[b].acquire();
      if (disk.busy[b].read() == 0) {
        disk.busy[b].write(1);
        disk.inodes[i].write(static_cast<int>(b) + 1);
        disk.block_locks[b].release();
        break;
      }
      disk.block_locks[b].release();
      b = (b + 1) % 26;
    }
  }
  disk.inode_locks[i].release();
}

/// N allocate a block for their inode; the first 13 share nothing.
inline Task<> file_system(std::size_t count) {
  FileSystem disk;
  for (std::size_t t = 0; t < count; ++t) spawn(allocate_block(disk, t));
  co_await wait_all_tasks_blocked();
}

inline Task<> fetch_add_all(Cells& cells) {
  bool is_first = true;
  for (Shared<int>& cell : cells) {
    if (!is_first) co_await yield();
    is_first = false;
    cell.update([](int& value) { ++value; });
  }
}

/// N add to each of `variables` counters.
inline Task<> atomic_increments(std::size_t count, std::size_t variables) {
  Cells cells;
  resize(cells, variables);
  for (std::size_t t = 0; t < count; ++t) spawn(fetch_add_all(cells));
  co_await wait_all_tasks_blocked();
}

inline Task<> locked_increment(Lock& lock, Shared<int>& x) {
  co_await lock.acquire();
  x.update([](int& value) { ++value; });
  lock.release();
}

inline Task<> locked_increments(std::size_t count) {
  Lock lock;
  Shared<int> x;
  for (std::size_t t = 0; t < count; ++t) spawn(locked_increment(lock, x));
  co_await wait_all_tasks_blocked();
}

inline Task<> read_then_write(Shared<int>& x, int add) {
  const int seen = x.read();
  co_await yield();
  x.write(seen + add);
}

/// The lost update: N read x, then write it.
inline Task<> torn_increments(std::size_t count) {
  Shared<int> x;
  for (std::size_t t = 0; t < count; ++t) spawn(read_then_write(x, 1 << t));
  co_await wait_all_tasks_blocked();
}

inline Task<> if_zero_write(Shared<int>& condition, Shared<int>& target, int value) {
  if (condition.read() != 0) co_return;
  co_await yield();
  target.write(value);
}

inline Task<> if_one_and_zero_write(Shared<int>& one, Shared<int>& zero, Shared<int>& target) {
  if (one.read() != 1) co_return;
  co_await yield();
  if (zero.read() != 0) co_return;
  co_await yield();
  target.write(2);
}

/// The example of the paper: source sets alone execute more than one of a class here.
inline Task<> popl() {
  Shared<int> x;
  Shared<int> y;
  Shared<int> z;
  spawn(write_cell(x, 1));
  spawn(write_cell(y, 1));
  spawn(if_zero_write(y, z, 1));
  spawn(if_one_and_zero_write(z, y, x));
  co_await wait_all_tasks_blocked();
}

}  // namespace coweave::test
