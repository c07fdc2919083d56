// The bug: requests are futures in a table, and a reader hands out the replies; a request that has
// timed out stays in the table, so its reply finds a cancelled future and ends the reader. Shows:
// Future; that a timeout cancels the future that is awaited; leaving the table, however the request
// ends, cures it.

#include <chrono>
#include <map>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

using coweave::Task;
using namespace std::chrono_literals;

const coweave::Options every_interleaving{.strategy = coweave::exhaustive()};

struct Client {
  std::map<int, coweave::Future<int>*> pending;  // By the number of the request.

  /// Called by the reader of the connection for each reply.
  void on_reply(int number, int reply) {
    if (const auto found = pending.find(number); found != pending.end())
      found->second->set_result(reply);  // InvalidStateError, as asyncio has it.
  }
};

/// A request stays in the table as long as this lives.
class Entry {
 public:
  Entry(Client& client, int number, coweave::Future<int>& reply)
      : client_(client), number_(number) {
    client_.pending[number] = &reply;
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() { client_.pending.erase(number_); }

 private:
  Client& client_;
  int number_;
};

Task<int> answer_to(coweave::Future<int>& reply) { co_return co_await reply; }

Task<> request_and_leave(Client& client, coweave::Future<int>& reply) {
  client.pending[1] = &reply;
  try {
    co_await coweave::with_timeout(1s, answer_to(reply));
    client.pending.erase(1);  // Not where it times out.
  } catch (const coweave::TimeoutError&) {
  }
}

Task<> request_with_entry(Client& client, coweave::Future<int>& reply) {
  const Entry entry(client, 1, reply);
  try {
    co_await coweave::with_timeout(1s, answer_to(reply));
  } catch (const coweave::TimeoutError&) {
  }
}

using Request = Task<>(Client& client, coweave::Future<int>& reply);

Task<> reader(Client& client, coweave::Clock::duration time) {
  co_await coweave::sleep_for(time);
  client.on_reply(1, 42);
}

Task<> one_request(Request* request) {
  Client client;
  coweave::Future<int> reply("reply 1");
  const bool is_slow = coweave::choose(2) == 0;
  const auto reading = coweave::spawn(reader(client, is_slow ? 2000ms : 500ms), "reader");
  co_await request(client, reply);
  co_await reading;
  EXPECT_EQ(reply.cancelled(), is_slow);
}

Task<> entry_is_left() { return one_request(request_and_leave); }

TEST(ReplyAfterTimeout, FindsACancelledFuture) {
  EXPECT_THAT(coweave::explore(entry_is_left),
              coweave::FailsWith(coweave::FailureKind::misuse,
                                 testing::HasSubstr("set_result of future \"reply 1\"")));
}

COWEAVE_TEST(ReplyAfterTimeout, IsIgnoredOnceTheRequestHasLeftTheTable, every_interleaving) {
  co_await one_request(request_with_entry);
}
