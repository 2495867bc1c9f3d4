// Compiles one run of binary XML tokens (MS-EVEN6 2.2.12) to a Program.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "cursor.hpp"
#include "program.hpp"

namespace vedette::normalize::evtx {

// The output of WindowsShape that writes instructions.
class ProgramBuilder {
 public:
  // A chain of pieces.
  struct Text {
    std::int32_t head = kNoPiece, tail = kNoPiece;
  };

  // `values` are nullptr while they are not known.
  ProgramBuilder(ProgramPool& pool, WindowsRecord& record, const std::span<const BinaryValue>* values)
      : pool_(pool), record_(record), values_(values) {}

  Text literal_piece(std::string_view text);
  Text substitution_piece(std::uint16_t index);
  void embed_value(std::uint16_t index, Place place);
  void embed_bytes(std::size_t begin, std::size_t end, Place place);
  bool needs_values() const { return needs_values_; }

  void append(Text& text, Text piece);
  std::optional<std::string_view> literal(const Text& text);
  void note_unknown_name() { needs_values_ = true; }
  static bool is_empty(const Text& text) { return text.head == kNoPiece; }
  RecordTarget target(RecordSlot slot, std::string_view prefix, std::string_view name,
                      std::string_view suffix = {}) {
    return record_.target(slot, prefix, name, suffix);
  }
  void put(const RecordTarget& target, const Text& text);

 private:
  std::string_view piece_text(const Piece& piece);
  bool is_known(const Piece& piece) const { return !piece.is_substitution || values_ != nullptr; }

  ProgramPool& pool_;
  WindowsRecord& record_;
  const std::span<const BinaryValue>* values_;
  bool needs_values_ = false;
};

struct CompileOptions {
  Place place = Place::document;  // what the outermost elements stand below
  bool has_dependency = true;     // elements carry a dependency identifier: not those of a bare value
  bool is_array = false;          // more fragments may follow the first
  const std::span<const BinaryValue>* values = nullptr;
};

// Tokens from `begin` to `end` of the pool's chunk, up to the end-of-stream token.
Program compile(ProgramPool& pool, WindowsRecord& record, std::size_t begin, std::size_t end,
                const CompileOptions& options);

}  // namespace vedette::normalize::evtx
