// Cursor: bounds-checked reading within a chunk.
#pragma once

#include <cstdint>
#include <string_view>

#include "values.hpp"

namespace vedette::normalize::evtx {

// Positions are offsets in the chunk. A read past `end` yields zeros, sets `failed` and moves to the end.
struct Cursor {
  std::string_view chunk;
  std::size_t at = 0, end = 0;  // at <= end <= chunk.size()
  bool failed = false;

  bool at_end() const { return at >= end; }
  std::size_t left() const { return end - at; }

  std::string_view bytes(std::size_t count) {
    if (count > left()) {
      failed = true;
      at = end;
      return {};
    }
    const std::string_view taken = chunk.substr(at, count);
    at += count;
    return taken;
  }
  void skip(std::size_t count) { bytes(count); }
  template <typename T>
  T take() {
    const std::string_view taken = bytes(sizeof(T));
    return taken.size() == sizeof(T) ? load<T>(taken.data()) : T{};
  }
};

// A template instance up to its values.
struct Instance {
  std::size_t definition = 0;  // of the template, in the chunk
};

// Definition: offset of the next one, GUID, size of the body.
inline constexpr std::size_t kDefinitionHeader = 24;

// The cursor stands behind the token; it ends behind a definition that stands inline.
inline Instance read_instance(Cursor& in) {
  in.skip(1 + 4);
  const Instance instance{in.take<std::uint32_t>()};
  if (!in.failed && instance.definition == in.at) {
    in.skip(kDefinitionHeader - 4);
    const auto body = in.take<std::uint32_t>();
    in.skip(body);
  }
  return instance;
}

// Passes over the values of an instance.
inline void skip_values(Cursor& in) {
  const auto count = in.take<std::uint32_t>();
  std::size_t total = 0;
  for (std::uint32_t i = 0; i < count && !in.failed; ++i) {
    total += in.take<std::uint16_t>();
    in.skip(2);
  }
  in.skip(total);
}

}  // namespace vedette::normalize::evtx
