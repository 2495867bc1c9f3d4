// Settings that administrators change while the node runs; what is in vedette.yaml is not among them.
#pragma once

#include <cstddef>
#include <string>

#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::api {

// As kept in the collection "settings" (id: the name; document: {"value", "author", "changed"}); of those
// that were never set the defaults.
struct Settings {
  base::TimeNs session_idle = 12LL * 3600 * base::kNsPerSecond;  // session.idle
  base::TimeNs session_age = 7LL * 86'400 * base::kNsPerSecond;  // session.age
  std::size_t min_password = 12;                                 // password.min_length
  bool second_factor_required = false;                           // second_factor.required
  std::string banner;                                            // banner: shown before signing in
};
// A kept value that is no longer good is as if it were not set.
base::Result<Settings> read_settings(const ports::RecordStore& records);

}  // namespace vedette::api
