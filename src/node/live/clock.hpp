// The clock of the wall, in nanoseconds since the epoch.
#pragma once

#include <chrono>

#include "vedette/base/time.hpp"

namespace vedette::node {

inline base::TimeNs clock_now() {
  const auto time = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

}  // namespace vedette::node
