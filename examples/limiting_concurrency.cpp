// The bug: a service that bears two requests at a time is sent three. Shows: without a limit some
// schedule has all three under way; a Semaphore(2) keeps every schedule within the limit, and still
// lets two run together.

#include <algorithm>

#include "coweave/gtest.hpp"
#include "coweave/primitives.hpp"

using coweave::Task;

const coweave::Options every_interleaving{.strategy = coweave::exhaustive()};

struct Service {
  int under_way = 0;
  int most = 0;
};

Task<> request(Service& service) {
  service.most = std::max(service.most, ++service.under_way);
  co_await coweave::yield();
  --service.under_way;
}

Task<> limited_request(Service& service, coweave::Semaphore& limit) {
  const auto permit = co_await limit.scoped();
  co_await request(service);
}

Task<> three_requests() {
  Service service;
  co_await coweave::gather(request(service), request(service), request(service));
  EXPECT_LE(service.most, 2);
}

Task<> three_limited_requests(int at_most) {
  Service service;
  coweave::Semaphore limit(2, "limit");
  co_await coweave::gather(limited_request(service, limit), limited_request(service, limit),
                           limited_request(service, limit));
  EXPECT_LE(service.most, at_most);
}

TEST(LimitingConcurrency, IsExceededWithoutASemaphore) {
  EXPECT_THAT(coweave::explore(three_requests), coweave::FailsWith(coweave::FailureKind::check));
}

TEST(LimitingConcurrency, StillLetsTwoRunTogether) {
  const auto claims_one_at_a_time = [] { return three_limited_requests(1); };
  EXPECT_THAT(coweave::explore(claims_one_at_a_time),
              coweave::FailsWith(coweave::FailureKind::check));
}

COWEAVE_TEST(LimitingConcurrency, IsKeptByASemaphore, every_interleaving) {
  co_await three_limited_requests(2);
}
