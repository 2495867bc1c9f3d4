#include "format/column_summary.hpp"

#include <algorithm>

#include "vedette/base/text.hpp"

namespace vedette::store::format {

using model::Value;
using model::ValueKind;

namespace {

constexpr std::string_view kSubstringFields[] = {
    "process.command_line",
    "process.parent.command_line",
    "CommandLine",
    "ParentCommandLine",
    "url.original",
    "url.full",
    "url.path",
    "file.path",
    "process.executable",
    "dns.question.name",
    "message",
    "event.original",
    "ScriptBlockText",
    "winlog.event_data.CommandLine",
    "winlog.event_data.ParentCommandLine",
    "winlog.event_data.ScriptBlockText",
    "winlog.event_data.TargetObject",
    "powershell.file.script_block_text",
    "registry.path",
};
constexpr std::size_t kMaxFewBytes = 256 * 1024;
constexpr std::size_t kMaxFewValueBytes = 1024;
constexpr std::size_t kMaxFewListItems = 64;
constexpr std::size_t kAlwaysFew = 64;

std::uint64_t json_bytes(const Value& value) {
  if (value.is_string()) return value.as_string().size() + 2;
  model::TextBuffer buffer;
  if (!value.is_list()) return value.is_null() ? 4 : text_of(value, buffer).size();
  std::uint64_t total = 2;
  for (const Value& item : value.as_list()) total += json_bytes(item) + 1;
  return total;
}

void count_kind(FieldInfo& info, ValueKind kind, std::uint64_t rows) {
  info.rows += rows;
  switch (kind) {
    case ValueKind::null:
      info.nulls += rows;
      return;
    case ValueKind::boolean:
      info.booleans += rows;
      return;
    case ValueKind::integer:
      info.integers += rows;
      return;
    case ValueKind::real:
      info.reals += rows;
      return;
    case ValueKind::string:
      info.texts += rows;
      return;
    case ValueKind::list:
      info.lists += rows;
      return;
  }
}

bool may_be_number(const Value& value) {
  if (!value.is_string()) return true;
  const std::string_view text = value.as_string();
  return !text.empty() && (base::is_digit(text[0]) || text[0] == '-' || text[0] == '.');
}

}  // namespace

bool is_substring_field(std::string_view name) {
  return std::find(std::begin(kSubstringFields), std::end(kSubstringFields), name) !=
         std::end(kSubstringFields);
}

void ColumnSummary::add_numbers(const Value& value, ChunkPlace& chunk) {
  for (const Value& item : value.elements()) {
    double number = 0;
    if (!may_be_number(item) || !model::number_of(item, number) || number != number) continue;
    chunk.low = chunk.numbers ? std::min(chunk.low, number) : number;
    chunk.high = chunk.numbers ? std::max(chunk.high, number) : number;
    chunk.numbers = true;
  }
}

void ColumnSummary::add_block(const ValueTable& distinct, std::uint32_t block, std::uint32_t rows,
                              SummaryScratch& scratch) {
  ChunkPlace& chunk = chunks_.emplace_back();
  chunk.block = block;
  chunk.rows = rows;
  const auto values = distinct.values();
  for (std::size_t i = 0; i < values.size(); ++i) {
    count_kind(info_, values[i].kind(), distinct.counts()[i]);
    raw_bytes_ += json_bytes(values[i]) * distinct.counts()[i];
    add_numbers(values[i], chunk);
  }
  if (few_) {
    bool fits = chunks_.size() <= kMaxValueBlocks && values.size() <= kMaxDictionary;
    for (std::size_t i = 0; fits && i < values.size(); ++i) {
      fits = add_to_few(values[i], distinct.counts()[i]);
    }
    if (fits) return;
    give_up_few(scratch);
  }
  for (const Value& value : values) {
    scratch.maker.add(value, scratch.keys, wants_trigrams_ ? &scratch.trigrams : nullptr);
  }
  take_keys(scratch, chunks_.size() - 1);
}

bool ColumnSummary::add_to_few(const Value& value, std::uint64_t rows) {
  if (!value.is_list()) return add_scalar(value, rows);
  const auto items = value.as_list();
  if (items.size() > kMaxFewListItems) return false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool seen = std::any_of(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(i),
                                  [&](const Value& other) { return same_value(other, items[i]); });
    if (!seen && !add_scalar(items[i], rows)) return false;
  }
  return true;
}

bool ColumnSummary::add_scalar(const Value& value, std::uint64_t rows) {
  if (value.is_null()) return true;
  const std::size_t before = few_->table.size();
  const std::uint32_t number = few_->table.add(value, hash_value(value), rows);
  if (few_->table.size() > before) {
    const std::size_t bytes = value.is_string() ? value.as_string().size() : 0;
    few_->bytes += bytes;
    few_->blocks.emplace_back();
    if (value.is_string()) {
      few_->table.replace_last(Value::string(few_->arena.copy(value.as_string())));
    }
    if (bytes > kMaxFewValueBytes || few_->bytes > kMaxFewBytes || few_->table.size() > kMaxDictionary) {
      return false;
    }
  }
  const std::size_t slot = chunks_.size() - 1;
  few_->blocks[number][slot / 64] |= 1ULL << (slot % 64);
  return true;
}

// Turns the values into the keys of each block.
void ColumnSummary::give_up_few(SummaryScratch& scratch) {
  const auto few = std::move(few_);
  for (std::size_t slot = 0; slot < std::min(chunks_.size(), kMaxValueBlocks); ++slot) {
    for (std::size_t i = 0; i < few->table.size(); ++i) {
      if (few->blocks[i][slot / 64] >> (slot % 64) & 1) {
        scratch.maker.add(few->table.values()[i], scratch.keys,
                          wants_trigrams_ ? &scratch.trigrams : nullptr);
      }
    }
    take_keys(scratch, slot);
  }
}

void ColumnSummary::take_keys(SummaryScratch& scratch, std::size_t slot) {
  keys_.resize(std::max(keys_.size(), slot + 1));
  auto keys = scratch.keys.take();
  keys_[slot].insert(keys_[slot].end(), keys.begin(), keys.end());
  if (!wants_trigrams_) return;
  trigrams_.resize(keys_.size());
  auto trigrams = scratch.trigrams.take();
  trigrams_[slot].insert(trigrams_[slot].end(), trigrams.begin(), trigrams.end());
}

void ColumnSummary::settle(SummaryScratch& scratch) {
  if (few_ && few_->table.size() > kAlwaysFew && few_->table.size() * 16 > info_.rows) give_up_few(scratch);
}

void ColumnSummary::gather_keys(SummaryScratch& scratch, KeySet& few,
                                std::vector<std::span<const std::uint32_t>>& runs) const {
  if (few_) {
    for (const Value& value : few_->table.values()) scratch.maker.add(value, few, nullptr);
  }
  runs.insert(runs.end(), keys_.begin(), keys_.end());
}

void ColumnSummary::finish(ColumnHeader& header, std::string& keys, std::string& trigrams) {
  header.chunks = chunks_;
  if (few_) {
    header.has_values = true;
    header.values.assign(few_->table.values().begin(), few_->table.values().end());
    header.counts.assign(few_->table.counts().begin(), few_->table.counts().end());
    header.value_chunks.assign(header.values.size() * header.chunk_bytes(), '\0');
    for (std::size_t i = 0; i < header.values.size(); ++i) {
      std::memcpy(header.value_chunks.data() + i * header.chunk_bytes(), few_->blocks[i].data(),
                  header.chunk_bytes());
    }
    return;
  }
  keys = make_filter(keys_, kKeyTuning);
  if (wants_trigrams_) trigrams = make_filter(trigrams_, kTrigramTuning);
  keys_.clear();
  trigrams_.clear();
}

}  // namespace vedette::store::format
