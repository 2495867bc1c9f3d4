#include <algorithm>

#include "format/block_encoder.hpp"
#include "format/bytes.hpp"
#include "format/part_file.hpp"
#include "part.hpp"
#include "vedette/base/check.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::store {

using format::BlockEncoder;
using format::ColumnHeader;
using format::FrontToBack;
using format::WrittenColumn;

namespace {

// A block of more text is cut short.
constexpr std::uint64_t kMaxBlockText = 64ULL << 20;
constexpr std::size_t kMaxMinutes = 65536;

class MinuteCounter {
 public:
  void add(base::TimeNs time) {
    const std::int64_t minute = format::minute_of(time);
    if (counts_.empty() || counts_.back().first != minute) {
      ordered_ = ordered_ && (counts_.empty() || counts_.back().first < minute);
      if (counts_.size() <= kMaxMinutes) counts_.emplace_back(minute, 0);
    }
    ++counts_.back().second;
  }
  void finish(format::Directory& directory) const {
    directory.has_minutes = ordered_ && counts_.size() <= kMaxMinutes;
    if (!directory.has_minutes) return;
    for (const auto& [minute, rows] : counts_) {
      directory.minutes.emplace_back(format::start_of_minute(minute), rows);
    }
  }

 private:
  std::vector<std::pair<std::int64_t, std::uint64_t>> counts_;
  bool ordered_ = true;
};

bool equals_whole(const WrittenColumn& column, std::vector<std::unique_ptr<WrittenColumn>>& columns) {
  if (column.equals >= WrittenColumn::kNone) return false;
  const auto& mine = const_cast<WrittenColumn&>(column).summary.chunks();
  const auto& theirs = columns[column.equals]->summary.chunks();
  return std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end(),
                    [](const auto& a, const auto& b) { return a.block == b.block; });
}

}  // namespace

struct PartWriter::State {
  PartOptions options;
  BlockEncoder encoder;
  MinuteCounter minutes;
  std::vector<std::shared_ptr<const model::EventBatch>> held;  // of the open block
  std::uint64_t rows = 0;
  bool finished = false;

  void end_block() {
    if (encoder.rows() > 0) encoder.finish_block();
    held.clear();
  }
  base::Status write_columns(FrontToBack& out, std::vector<ColumnHeader>& headers);
  base::Status write_filters(FrontToBack& out, std::vector<ColumnHeader>& headers,
                             format::Directory& directory);
  std::string token_filter(const std::vector<ColumnHeader>& headers);
  base::Status write_headers(FrontToBack& out, const std::vector<ColumnHeader>& headers,
                             format::Directory& directory);
  base::Result<PartSummary> write(FrontToBack& out);
};

PartWriter::PartWriter(const PartOptions& options) : state_(std::make_unique<State>()) {
  CHECK(options.block_rows > 0 && options.block_rows <= format::kMaxBlockRows);
  state_->options = options;
}
PartWriter::~PartWriter() = default;

void PartWriter::add(const std::shared_ptr<const model::EventBatch>& batch, std::uint32_t row) {
  CHECK(state_->rows < kMaxPartRows && !state_->finished);
  if (state_->held.empty() || state_->held.back() != batch) state_->held.push_back(batch);
  const model::Event event = (*batch)[row];
  state_->encoder.add(event);
  state_->minutes.add(event.time());
  ++state_->rows;
  if (state_->encoder.rows() >= state_->options.block_rows || state_->encoder.text_bytes() > kMaxBlockText) {
    state_->end_block();
  }
}

std::uint64_t PartWriter::rows() const {
  return state_->rows;
}

std::uint64_t PartWriter::bytes() const {
  return state_->encoder.encoded_bytes();
}

base::Status PartWriter::State::write_columns(FrontToBack& out, std::vector<ColumnHeader>& headers) {
  auto& columns = encoder.columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (equals_whole(*columns[i], columns)) {
      headers[i].same_as = columns[i]->equals;
      continue;
    }
    std::uint64_t offset = out.offset();
    for (format::ChunkPlace& chunk : columns[i]->summary.chunks()) {
      chunk.offset = offset;
      offset += chunk.size;
    }
    TRY(out.write(columns[i]->chunks));
    std::string().swap(columns[i]->chunks);
  }
  return base::ok_status();
}

std::string PartWriter::State::token_filter(const std::vector<ColumnHeader>& headers) {
  auto& columns = encoder.columns();
  format::KeySet few;
  std::vector<std::span<const std::uint32_t>> runs;
  for (std::size_t i = format::kHeadColumns; i < columns.size(); ++i) {
    if (headers[i].same_as) continue;
    columns[i]->summary.settle(encoder.scratch());
    columns[i]->summary.gather_keys(encoder.scratch(), few, runs);
  }
  const std::vector<std::uint32_t> few_keys = few.take();
  runs.emplace_back(few_keys);
  return format::make_token_filter(runs);
}

base::Status PartWriter::State::write_filters(FrontToBack& out, std::vector<ColumnHeader>& headers,
                                              format::Directory& directory) {
  auto& columns = encoder.columns();
  const std::string tokens = token_filter(headers);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (headers[i].same_as) continue;
    if (i < format::kHeadColumns) {
      headers[i].chunks = columns[i]->summary.chunks();
      continue;
    }
    std::string keys, trigrams;
    columns[i]->summary.finish(headers[i], keys, trigrams);
    const std::uint64_t page = format::page_bytes(headers[i].chunks.size());
    headers[i].keys = {out.offset(), keys.size() / page, format::kKeyTuning.probes};
    TRY(out.write(keys));
    headers[i].trigrams = {out.offset(), trigrams.size() / page, format::kTrigramTuning.probes};
    TRY(out.write(trigrams));
  }
  directory.tokens = {out.offset(), tokens.size() / format::page_bytes(1), format::kTokenTuning.probes};
  return out.write(tokens);
}

base::Status PartWriter::State::write_headers(FrontToBack& out, const std::vector<ColumnHeader>& headers,
                                              format::Directory& directory) {
  directory.headers_offset = out.offset();
  std::string bytes;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    bytes.clear();
    format::put_header(bytes, headers[i]);
    const WrittenColumn& column = *encoder.columns()[i];
    directory.columns.push_back(
        {column.name, out.offset(), bytes.size(), base::hash64(bytes), column.summary.info()});
    directory.raw_bytes += column.summary.raw_bytes() + (column.name.size() + 4) * column.summary.info().rows;
    TRY(out.write(bytes));
  }
  return base::ok_status();
}

base::Result<PartSummary> PartWriter::State::write(FrontToBack& out) {
  TRY(out.write(format::kMagic));
  format::Directory directory;
  directory.rows = rows;
  directory.headers_offset = out.offset();
  if (rows > 0) {
    std::vector<ColumnHeader> headers(encoder.columns().size());
    TRY(write_columns(out, headers));
    TRY(write_filters(out, headers, directory));
    TRY(write_headers(out, headers, directory));
  }
  // The time of an event is not among its fields.
  directory.raw_bytes += rows * 44;
  directory.blocks = encoder.blocks();
  minutes.finish(directory);
  std::string end;
  format::put_directory(end, directory);
  format::put_trailer(end, {out.offset(), end.size(), base::hash64(end)});
  TRY(out.write(end));
  TRY(out.flush());
  PartSummary summary = format::summary_of(directory);
  summary.bytes = out.offset();
  return summary;
}

base::Result<PartSummary> PartWriter::finish(base::FileSystem& files, const std::string& path) {
  CHECK(!state_->finished);
  state_->finished = true;
  state_->end_block();
  TRY_ASSIGN(const std::unique_ptr<base::File> file, files.open(path, base::FileSystem::Open::create));
  FrontToBack out(*file);
  auto summary = state_->write(out);
  base::Status done = summary.ok() ? file->truncate(out.offset()) : base::Status(summary.error());
  if (done.ok()) done = file->sync();
  if (!done.ok()) {
    // What cannot be removed is no part: it lacks its trailer, or nobody lists it.
    (void)files.remove(path);
    return done.error();
  }
  summary->path = path;
  return summary;
}

}  // namespace vedette::store
