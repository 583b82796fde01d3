// Waiting for a condition with a deadline, instead of sleeping and hoping.
#pragma once

#include <chrono>
#include <functional>

namespace tailrace::testing {

// Asks `condition` until it is true, at growing intervals (1 ms to 50 ms). False: the deadline
// passed. Meant for ASSERT_TRUE(eventually([&] { return rows() == 10; })).
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds deadline = std::chrono::seconds(30));

}  // namespace tailrace::testing
