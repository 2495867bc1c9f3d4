// Passwords that are tried first: the shipped list and a file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"

namespace vedette::api::access {

inline constexpr std::size_t kMaxBreachedPasswords = 20'000'000;  // of the file, kept at 8 bytes each

// Immutable.
class BreachedPasswords {
 public:
  // `file`: one password a line; empty: none. Lines shorter than `least` code points are passed over: the
  // length rule refuses them already. Errors: io; limit if more remain than can be kept.
  static base::Result<BreachedPasswords> load(const std::string& file, std::size_t least);

  // A listed password in any case; for the shipped list also with digits and signs around it, or repeated.
  bool contains(std::string_view password) const;

 private:
  std::vector<std::uint64_t> hashes_;  // of folded lines, sorted
};

}  // namespace vedette::api::access
