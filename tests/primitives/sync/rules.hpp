#pragma once

#include "primitives/support.hpp"

namespace coweave::test {

/// `body` passes under every schedule, whichever awaits suspend.
template <class Body>
void expect_passes_by_every_rule(Body body) {
  for (const AwaitPoints points :
       {AwaitPoints::suspending, AwaitPoints::operations, AwaitPoints::every}) {
    SCOPED_TRACE(to_string(points));
    EXPECT_THAT(explore(body, exhaustively(points)), PassesExhaustively());
  }
}

}  // namespace coweave::test
