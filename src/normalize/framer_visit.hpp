// Visits the records of a chunk without a call through a pointer for each.
#pragma once

#include <cstring>

#include "framer_scanner.hpp"
#include "vedette/base/check.hpp"
#include "vedette/normalize/framer.hpp"

namespace vedette::normalize {

template <typename Each>
void visit_lines(const Chunk& chunk, Each&& each) {
  const char* at = chunk.bytes->data();
  const char* const end = at + chunk.bytes->size();
  for (std::uint64_t position = chunk.first_position; at != end; ++position) {
    const auto* line = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    const char* const stop = line ? line : end;
    const char* last = stop;
    if (last != at && last[-1] == '\r') --last;
    each(std::string_view(at, static_cast<std::size_t>(last - at)), position);
    at = line ? line + 1 : end;
  }
}

// The places of the records of bytes that no framer has cut.
std::vector<RecordSpan> find_records(Framing framing, std::string_view bytes);

template <typename Each>
void visit_records(Framing framing, const Chunk& chunk, Each&& each) {
  if (!chunk.bytes || chunk.bytes->empty()) return;
  if (framing == Framing::lines) return visit_lines(chunk, each);
  std::uint64_t position = chunk.first_position;
  const auto visit = [&](const std::vector<RecordSpan>& spans) {
    for (const RecordSpan& span : spans) {
      each(std::string_view(*chunk.bytes).substr(span.offset, span.size), position++);
    }
  };
  if (framing == Framing::evtx) return;
  if (chunk.records.empty()) return visit(find_records(framing, *chunk.bytes));
  visit(chunk.records);
}

}  // namespace vedette::normalize
