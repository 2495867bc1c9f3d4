#include "stream_reader.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>

namespace vedette::node {
namespace {

constexpr std::size_t kSniffBytes = 64 * 1024;

// Bytes of one input. An error is an end here: what came before it is still parsed, and read_input() tells of
// it.
class Bytes {
 public:
  explicit Bytes(ingest::InputStream& stream) : stream_(stream) {}

  std::size_t read(char* to, std::size_t capacity) {
    if (ended_) return 0;
    const auto got = stream_.read(to, capacity);
    ended_ = !got || *got == 0;
    return ended_ ? 0 : *got;
  }

  std::string read_head(std::size_t capacity) {
    std::string head(capacity, '\0');
    std::size_t size = 0;
    while (size < capacity) {
      const std::size_t n = read(head.data() + size, capacity - size);
      if (n == 0) break;
      size += n;
    }
    head.resize(size);
    return head;
  }

 private:
  ingest::InputStream& stream_;
  bool ended_ = false;
};

// Years and months for time stamps without a year come from the file's modification time.
void set_default_date(normalize::StreamOptions& options, std::int64_t modified) {
  if (modified <= 0) return;
  const base::CivilTime civil = base::to_civil(modified * base::kNsPerSecond);
  options.default_year = civil.year;
  options.default_month = civil.month;
}

}  // namespace

StreamReader::StreamReader(const ScanOptions& options, const base::CancellationToken& cancellation)
    : options_(options), cancellation_(cancellation) {
  inputs_ = ingest::plan_inputs(options.paths, limits_, problems_);
  if (!options.exclude.empty()) {
    std::erase_if(inputs_, [&](const ingest::PlannedInput& input) {
      std::error_code error;
      return std::filesystem::equivalent(input.path, options.exclude, error);
    });
  }
  for (const ingest::PlannedInput& input : inputs_) total_bytes_ += input.bytes;
}

ReadTotals StreamReader::read(const StreamHandler& handler) {
  std::uint64_t before = 0;
  for (const ingest::PlannedInput& input : inputs_) {
    if (cancellation_.cancelled()) break;
    ingest::read_input(
        input, limits_,
        [&](const ingest::InputInfo& info, ingest::InputStream& stream) {
          read_stream(info, stream, handler);
        },
        [&](std::uint64_t consumed) { handler.on_consumed(before + consumed); }, problems_);
    before += input.bytes;
    handler.on_consumed(before);
    ++totals_.files;
  }
  for (const ingest::InputProblem& problem : problems_) {
    totals_.troubles.push_back({problem.path, problem.error.message});
  }
  return std::move(totals_);
}

void StreamReader::read_stream(const ingest::InputInfo& info, ingest::InputStream& stream,
                               const StreamHandler& handler) {
  Bytes bytes(stream);
  const std::string head = bytes.read_head(kSniffBytes);
  auto open = std::make_shared<OpenStream>();
  open->id = next_id_++;
  open->source = std::make_shared<model::Source>(model::Source{info.path});
  auto detected = normalize::detect_format(head, info.path, options_.format);
  if (!detected) {
    problems_.push_back({info.path, detected.error()});
    return;
  }
  open->options.detected = *detected;
  open->options.forced = !options_.format.empty() && options_.format != "auto";
  open->options.utc_offset_seconds = options_.utc_offset_seconds;
  set_default_date(open->options, info.modified);

  std::size_t head_read = 0;
  const auto read = [&](char* to, std::size_t capacity) -> base::Result<std::size_t> {
    if (cancellation_.cancelled()) return std::size_t{0};
    std::size_t n = std::min(capacity, head.size() - head_read);
    if (n > 0) {
      std::memcpy(to, head.data() + head_read, n);
      head_read += n;
    } else {
      n = bytes.read(to, capacity);
    }
    totals_.bytes += n;
    return n;
  };
  const std::shared_ptr<const OpenStream> opened = std::move(open);
  const auto framer = normalize::make_framer(opened->options.detected.framing, read, {});
  handler.on_open(opened);
  for (;;) {
    auto chunk = framer->next();
    if (!chunk) {
      problems_.push_back({info.path, chunk.error()});
      break;
    }
    if (!chunk->bytes) break;
    handler.on_chunk(opened, std::move(*chunk));
  }
  handler.on_close(opened);
}

}  // namespace vedette::node
