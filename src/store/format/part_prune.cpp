#include <algorithm>

#include "format/filter.hpp"
#include "format/open_part.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/expr/words.hpp"

namespace vedette::store::format {
namespace {

using Chunks = std::vector<std::uint64_t>;  // a bit for each chunk of a column

Chunks all_chunks(const ColumnHeader& header) {
  const std::size_t count = header.chunks.size();
  Chunks chunks((count + 63) / 64, ~0ULL);
  if (count % 64) chunks.back() = (1ULL << (count % 64)) - 1;
  return chunks;
}

void add_blocks(const ColumnHeader& header, const Chunks& chunks, Bitmap& blocks) {
  for (std::size_t i = 0; i < header.chunks.size(); ++i) {
    if (chunks[i / 64] >> (i % 64) & 1) blocks.set(header.chunks[i].block);
  }
}

// The chunks with a value for which `matches`(folded text).
template <typename Matches>
Chunks chunks_of_values(const ColumnHeader& header, Matches matches) {
  Chunks chunks((header.chunks.size() + 63) / 64, 0);
  model::TextBuffer buffer;
  std::string folded;
  for (std::size_t value = 0; value < header.values.size(); ++value) {
    folded.clear();
    base::append_folded(folded, model::text_of(header.values[value], buffer));
    if (!matches(std::string_view(folded))) continue;
    for (std::size_t i = 0; i < header.chunks.size(); ++i) {
      if (header.value_in_chunk(value, i)) chunks[i / 64] |= 1ULL << (i % 64);
    }
  }
  return chunks;
}

bool has_word(std::string_view text, std::string_view wanted) {
  bool found = false;
  expr::for_each_word(text, [&](std::string_view word) { found |= word == wanted; });
  return found;
}

// Looks keys up in one column of a part.
class Prober {
 public:
  Prober(const OpenPart& part, const ColumnHeader& header, std::uint64_t& bytes_read)
      : part_(part), header_(header), bytes_read_(bytes_read) {}

  base::Status narrow(const FilterPlace& filter, std::uint32_t key, Chunks& chunks) const {
    const auto width = static_cast<std::uint32_t>(header_.chunks.size());
    const std::uint64_t size = page_bytes(width);
    TRY_ASSIGN(const std::string page, part_.read(filter.offset + page_of(key, filter.pages) * size, size));
    bytes_read_ += size;
    if (!page_is_sound(page)) return base::make_error(base::ErrorCode::corrupt, "a filter page is broken");
    probe_page(page, width, filter.probes, key, chunks);
    return base::ok_status();
  }

  base::Status narrow_to_word(std::string_view word, Chunks& chunks) const {
    // A value that is one word is among the whole values only.
    Chunks whole = chunks;
    TRY(narrow(header_.keys, word_key(word), chunks));
    TRY(narrow(header_.keys, whole_key(word), whole));
    for (std::size_t i = 0; i < chunks.size(); ++i) chunks[i] |= whole[i];
    return base::ok_status();
  }

 private:
  const OpenPart& part_;
  const ColumnHeader& header_;
  std::uint64_t& bytes_read_;
};

constexpr std::size_t kMaxTrigramProbes = 24;

base::Status narrow_to_substring(const Prober& prober, const ColumnHeader& header, std::string_view folded,
                                 Chunks& chunks) {
  if (header.trigrams.pages == 0 || folded.size() < 3) return base::ok_status();
  const std::size_t last = folded.size() - 3;
  const std::size_t step = last / kMaxTrigramProbes + 1;
  for (std::size_t at = 0; at <= last; at += step) {
    TRY(prober.narrow(header.trigrams, trigram_key(folded, at), chunks));
    if (std::all_of(chunks.begin(), chunks.end(), [](std::uint64_t word) { return word == 0; })) break;
  }
  return base::ok_status();
}

// `find`(header) gives the chunks of a column that may match; a column that cannot be read may match in all
// blocks.
template <typename Find>
void prune(const OpenPart& part, std::optional<model::FieldId> field, Bitmap& blocks,
           std::uint64_t& bytes_read, Find find) {
  if (part.holds_nameless(field)) return;
  Bitmap kept(blocks.size());
  const auto visit = [&](model::FieldId id) -> base::Status {
    const auto column = part.column_of(id);
    if (!column) return base::ok_status();
    TRY_ASSIGN(const auto header, part.header(*column, bytes_read));
    TRY_ASSIGN(const Chunks chunks, find(*header));
    add_blocks(*header, chunks, kept);
    return base::ok_status();
  };
  if (field) {
    if (!visit(*field).ok()) return;
  } else {
    for (const FieldInfo& info : part.fields()) {
      if (!visit(info.field).ok()) return;
    }
  }
  blocks &= kept;
}

}  // namespace

// The values of columns without a name are found under other texts than those the filter was made of.
bool OpenPart::may_hold_token(std::uint32_t key, std::uint64_t& bytes_read) const {
  const FilterPlace& tokens = directory_.tokens;
  if (tokens.pages == 0 || !nameless_.empty()) return true;
  const auto page = read(tokens.offset + page_of(key, tokens.pages) * page_bytes(1), page_bytes(1));
  if (!page.ok() || !page_is_sound(*page)) return true;
  bytes_read += page->size();
  std::uint64_t found = 1;
  probe_page(*page, 1, tokens.probes, key, {&found, 1});
  return found != 0;
}

bool OpenPart::may_hold_whole(std::string_view folded, std::uint64_t& bytes_read) const {
  return may_hold_token(whole_key(folded), bytes_read);
}

bool OpenPart::may_hold_word(std::string_view folded, std::uint64_t& bytes_read) const {
  return may_hold_token(word_key(folded), bytes_read) || may_hold_whole(folded, bytes_read);
}

void OpenPart::prune_whole(std::optional<model::FieldId> field, std::string_view folded, Bitmap& blocks,
                           std::uint64_t& bytes_read) const {
  if (folded.empty()) return;
  if (!field && !may_hold_whole(folded, bytes_read)) {
    blocks = Bitmap(blocks.size());
    return;
  }
  prune(*this, field, blocks, bytes_read, [&](const ColumnHeader& header) -> base::Result<Chunks> {
    if (header.has_values) {
      return chunks_of_values(header, [&](std::string_view text) { return text == folded; });
    }
    Chunks chunks = all_chunks(header);
    if (header.keys.pages) {
      TRY(Prober(*this, header, bytes_read).narrow(header.keys, whole_key(folded), chunks));
    }
    return chunks;
  });
}

void OpenPart::prune_words(std::optional<model::FieldId> field, std::span<const std::string_view> words,
                           Bitmap& blocks, std::uint64_t& bytes_read) const {
  if (words.empty()) return;
  if (!field && !std::all_of(words.begin(), words.end(),
                             [&](std::string_view word) { return may_hold_word(word, bytes_read); })) {
    blocks = Bitmap(blocks.size());
    return;
  }
  prune(*this, field, blocks, bytes_read, [&](const ColumnHeader& header) -> base::Result<Chunks> {
    if (header.has_values) {
      return chunks_of_values(header, [&](std::string_view text) {
        return std::all_of(words.begin(), words.end(),
                           [&](std::string_view word) { return has_word(text, word); });
      });
    }
    Chunks chunks = all_chunks(header);
    if (!header.keys.pages) return chunks;
    const Prober prober(*this, header, bytes_read);
    for (const std::string_view word : words) TRY(prober.narrow_to_word(word, chunks));
    return chunks;
  });
}

void OpenPart::prune_substring(std::optional<model::FieldId> field, std::string_view folded, Bitmap& blocks,
                               std::uint64_t& bytes_read) const {
  if (folded.empty()) return;
  prune(*this, field, blocks, bytes_read, [&](const ColumnHeader& header) -> base::Result<Chunks> {
    if (header.has_values) {
      return chunks_of_values(header, [&](std::string_view text) { return text.find(folded) != text.npos; });
    }
    Chunks chunks = all_chunks(header);
    TRY(narrow_to_substring(Prober(*this, header, bytes_read), header, folded, chunks));
    return chunks;
  });
}

void OpenPart::prune_range(model::FieldId field, double low, double high, Bitmap& blocks,
                           std::uint64_t& bytes_read) const {
  prune(*this, field, blocks, bytes_read, [&](const ColumnHeader& header) -> base::Result<Chunks> {
    Chunks chunks((header.chunks.size() + 63) / 64, 0);
    for (std::size_t i = 0; i < header.chunks.size(); ++i) {
      const ChunkPlace& chunk = header.chunks[i];
      if (chunk.numbers && !(high < chunk.low) && !(low > chunk.high)) chunks[i / 64] |= 1ULL << (i % 64);
    }
    return chunks;
  });
}

void OpenPart::prune_exists(model::FieldId field, Bitmap& blocks, std::uint64_t& bytes_read) const {
  prune(*this, field, blocks, bytes_read,
        [](const ColumnHeader& header) -> base::Result<Chunks> { return all_chunks(header); });
}

std::optional<ValueCounts> OpenPart::value_counts(model::FieldId field, std::uint64_t& bytes_read) const {
  if (holds_nameless(field)) return std::nullopt;
  const auto column = column_of(field);
  if (!column) return ValueCounts();
  const auto found = header(*column, bytes_read);
  if (!found.ok() || !found.value()->has_values) return std::nullopt;
  ValueCounts counts;
  for (std::size_t i = 0; i < found.value()->values.size(); ++i) {
    counts.emplace_back(found.value()->values[i], found.value()->counts[i]);
  }
  return counts;
}

std::optional<std::vector<std::pair<base::TimeNs, std::uint64_t>>> OpenPart::minute_counts(
    std::uint64_t& /*bytes_read*/) const {
  if (!directory_.has_minutes) return std::nullopt;
  return directory_.minutes;
}

}  // namespace vedette::store::format
