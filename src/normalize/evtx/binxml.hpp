// Runs the binary XML of event records: every template of a chunk is compiled once, its instances are
// executed.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler.hpp"

namespace vedette::normalize::evtx {

// Keeps its memory from chunk to chunk. Not thread safe.
class BinaryXml {
 public:
  // Forgets the chunk before. The bytes live until the next call; all records of a chunk go to one batch.
  void begin_chunk(std::string_view chunk);

  // Writes the event that stands from `begin` to `end` of the chunk. What is wrong with it, or nullptr; the
  // fields that could be read are written in any case.
  const char* run(std::size_t begin, std::size_t end, WindowsRecord& record);

 private:
  static constexpr int kMaxDepth = 64;
  static constexpr std::size_t kBuckets = 64;
  struct CachedProgram {
    std::size_t definition;
    Place place;
    std::int32_t next;
    Program program;
  };
  // The values of one instance: a part of values_.
  struct Values {
    std::size_t first = 0, count = 0;
  };

  void fragment(std::size_t begin, std::size_t end, const CompileOptions& options, int depth);
  void instance(Cursor& in, Place place, int depth);
  Values read_values(Cursor& in);
  const Program& cached_program(std::size_t definition, Place place);
  Program compile_definition(std::size_t definition, const CompileOptions& options);
  bool has_unforeseen_xml(const Program& program, const Values& values) const;
  void execute(const Program& program, const Values& values, int depth);
  void put_value(const RecordTarget& target, const BinaryValue& value);
  void put_scalar(const RecordTarget& target, const BinaryValue& value);
  void put_pieces(const RecordTarget& target, std::uint32_t first_piece, const Values& values);
  void append_piece(std::string& text, const Piece& piece, const Values& values);
  BinaryValue value_at(const Values& values, std::uint32_t index);
  void fail(const char* error) {
    if (!error_) error_ = error;
  }

  ProgramPool pool_;
  std::vector<CachedProgram> programs_;
  std::array<std::int32_t, kBuckets> buckets_{};
  std::vector<BinaryValue> values_;  // a stack
  WindowsRecord* record_ = nullptr;
  const char* error_ = nullptr;
};

}  // namespace vedette::normalize::evtx
