// Sequences of values as bytes: one of several encodings, chosen by what the values are. Internal to the
// store.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "format/bytes.hpp"
#include "vedette/base/arena.hpp"
#include "vedette/model/value.hpp"

namespace vedette::store::format {

enum class StreamKind : std::uint8_t {
  mixed,
  integers,
  decimals,  // texts that are integers in canonical form
  times,     // texts that base::format_rfc3339 gives back
  reals,
  texts,
  addresses,  // texts that are canonical IP addresses
  patterns,   // texts of one length: fixed bytes and hexadecimal digits of one case
};
inline constexpr std::uint8_t kStreamKinds = 8;

// At least one value. The count is not written.
StreamKind put_values(std::string& out, std::span<const model::Value> values);

// What decoded values point to.
struct ValueStore {
  std::vector<std::unique_ptr<std::string>> texts;
  base::Arena arena{4096};
  std::uint64_t bytes = 0;
};

// Appends `count` (at least one) values; false if the bytes are broken.
bool read_values(ByteReader& in, std::size_t count, ValueStore& store, std::vector<model::Value>& to);
// Reads a stream of integers only; false if it is none.
bool read_integer_values(ByteReader& in, std::vector<std::int64_t>& to, std::size_t count);

}  // namespace vedette::store::format
