// Templates of binary XML, compiled: a flat list of instructions, each of which writes one field of the
// event.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "vedette/base/arena.hpp"
#include "windows_shape.hpp"

namespace vedette::normalize::evtx {

enum class OpKind : std::uint8_t {
  literal,      // `literal` goes to `target`
  value,        // substitution `index` goes to `target`
  pieces,       // the chain of pieces from `index` goes to `target`
  embed_value,  // substitution `index` is binary XML that stands below `place`
  embed_bytes,  // so are the chunk's bytes from `begin` to `end`
};

struct Op {
  RecordTarget target;
  std::string_view literal;  // lives as long as the batch
  std::uint32_t index = 0;
  std::uint32_t begin = 0, end = 0;
  OpKind kind = OpKind::literal;
  Place place = Place::document;
};

constexpr std::int32_t kNoPiece = -1;

// A part of a text: a literal or a substitution.
struct Piece {
  std::string_view literal;
  std::int32_t next = kNoPiece;
  std::uint16_t substitution = 0;
  bool is_substitution = false;
};

struct Program {
  std::uint32_t first_op = 0, op_count = 0;
  bool needs_values = false;    // the fields depend on values: compile it anew for every event
  const char* error = nullptr;  // what stopped the compilation; the instructions before it are good
};

// What the programs of one chunk share. Memory is bounded by `budget`, which every token, name, text and
// written field draws on: a few bytes cannot expand without end by naming each other.
struct ProgramPool {
  static constexpr std::int64_t kBudget = 1 << 18;

  std::string_view chunk;
  base::Arena arena{16 * 1024};  // names and literals
  std::vector<Op> ops;
  std::vector<Piece> pieces;
  std::int64_t budget = kBudget;

  void begin(std::string_view bytes) {
    chunk = bytes;
    arena.clear();
    ops.clear();
    pieces.clear();
    budget = kBudget;
  }
  // One unit, and one more for every 64 bytes that are made.
  bool spend(std::size_t bytes) {
    budget -= 1 + static_cast<std::int64_t>(bytes / 64);
    return budget >= 0;
  }
};

inline constexpr const char* kOverBudget = "binary XML expands beyond the limit of its chunk";

}  // namespace vedette::normalize::evtx
