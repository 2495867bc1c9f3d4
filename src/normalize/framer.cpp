#include "vedette/normalize/framer.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "framer_input.hpp"
#include "framer_scanner.hpp"
#include "framer_visit.hpp"
#include "json/scan.hpp"

namespace vedette::normalize {
namespace {

constexpr std::size_t kMaxChunkBytes = std::size_t{1} << 30;  // record places are 32 bits wide
constexpr std::size_t kSkipBytes = 256 * 1024;

// What the framers share: the bytes read but not handed on, and a fault of the stream that is reported only
// after they have been.
class BufferedFramer : public Framer {
 public:
  BufferedFramer(ReadFn read, const FramerOptions& options, bool text)
      : input_(std::move(read), text),
        max_record_(std::clamp<std::size_t>(options.max_record_bytes, 16, kMaxChunkBytes / 2)),
        chunk_bytes_(std::clamp<std::size_t>(options.chunk_bytes, 16, max_record_)) {}

 protected:
  void fill(std::size_t size) {
    if (at_end_) return;
    const base::Status status = input_.fill(buffer_, size);
    if (!status.ok()) fault_ = status.error();
    at_end_ = fault_.has_value() || input_.at_end();
  }

  base::Result<Chunk> finish() {
    if (!fault_) return Chunk{};
    base::Error fault = *std::move(fault_);
    fault_.reset();
    return fault;
  }

  // The first `size` bytes of the buffer as a chunk; the others stay.
  Chunk take(std::size_t size) {
    std::string rest(buffer_, size);
    buffer_.resize(size);
    Chunk chunk;
    chunk.bytes = std::make_shared<const std::string>(std::move(buffer_));
    chunk.first_position = position_;
    buffer_ = std::move(rest);
    return chunk;
  }

  FramerInput input_;
  std::size_t max_record_;
  std::size_t chunk_bytes_;
  std::string buffer_;
  std::uint64_t position_ = 1;
  bool at_end_ = false;
  std::optional<base::Error> fault_;
};

class LineFramer final : public BufferedFramer {
 public:
  LineFramer(ReadFn read, const FramerOptions& options) : BufferedFramer(std::move(read), options, true) {}

  base::Result<Chunk> next() override {
    std::size_t target = std::max(chunk_bytes_, buffer_.size());
    for (;;) {
      fill(target);
      if (buffer_.empty()) return finish();
      const std::size_t cut = last_line_end();
      if (cut == 0 && buffer_.size() > max_record_) return cut_off();
      if (cut > 0) {
        Chunk chunk = take(cut);
        position_ += count_lines(*chunk.bytes);
        return chunk;
      }
      target = std::min(buffer_.size() * 2, max_record_ + 1);
    }
  }

 private:
  // Where the last whole line ends that is known not to be too long; 0 if there is none.
  std::size_t last_line_end() const {
    if (at_end_ && buffer_.size() <= max_record_) return buffer_.size();
    const void* line = ::memrchr(buffer_.data(), '\n', std::min(buffer_.size(), max_record_ + 1));
    return line ? static_cast<std::size_t>(static_cast<const char*>(line) - buffer_.data()) + 1 : 0;
  }

  static std::uint64_t count_lines(std::string_view bytes) {
    const auto breaks = json::count_byte(bytes.data(), bytes.data() + bytes.size(), '\n');
    return breaks + (bytes.back() == '\n' ? 0 : 1);
  }

  Chunk cut_off() {
    Chunk chunk = take(max_record_);
    std::uint64_t size = max_record_;
    for (;;) {
      const std::size_t line = buffer_.find('\n');
      size += std::min(line, buffer_.size());
      buffer_.erase(0, line == std::string::npos ? line : line + 1);
      if (line != std::string::npos) break;
      fill(kSkipBytes);
      if (buffer_.empty()) break;
    }
    chunk.truncated_record = true;
    chunk.truncated_bytes = size;
    ++position_;
    return chunk;
  }
};

class ScanningFramer final : public BufferedFramer {
 public:
  ScanningFramer(std::unique_ptr<RecordScanner> scanner, ReadFn read, const FramerOptions& options)
      : BufferedFramer(std::move(read), options, true), scanner_(std::move(scanner)) {}

  base::Result<Chunk> next() override {
    std::size_t target = std::max(chunk_bytes_, buffer_.size());
    for (;;) {
      fill(target);
      std::vector<RecordSpan> spans;
      std::size_t from = 0;
      bool malformed = false;
      const auto found = scan(spans, from, malformed);
      if (!spans.empty()) {
        if (spans.size() == 1 && spans[0].size > max_record_) return cut_off(spans[0].offset, from, false);
        return deliver(std::move(spans), from, malformed);
      }
      if (found == RecordScanner::Found::end) return finish();
      buffer_.erase(0, from);
      if (buffer_.size() > max_record_ && !scanner_->recover(buffer_)) {
        return cut_off(0, buffer_.size(), true);
      }
      target = std::max(chunk_bytes_, buffer_.size() * 2);
    }
  }

 private:
  // Records from `from` on. A malformed and a too long one stand alone.
  RecordScanner::Found scan(std::vector<RecordSpan>& spans, std::size_t& from, bool& malformed) {
    for (;;) {
      const auto step = scanner_->step(buffer_, from, at_end_);
      if (step.found != RecordScanner::Found::record) {
        from = step.next;
        return step.found;
      }
      const std::size_t size = step.end - step.begin;
      if (!spans.empty() && (step.malformed || size > max_record_)) {
        from = step.begin;
        return step.found;
      }
      spans.push_back({static_cast<std::uint32_t>(step.begin), static_cast<std::uint32_t>(size)});
      from = step.next;
      malformed = step.malformed;
      if (malformed || size > max_record_) return step.found;
    }
  }

  Chunk deliver(std::vector<RecordSpan> spans, std::size_t from, bool malformed) {
    Chunk chunk = take(from);
    position_ += spans.size();
    chunk.records = std::move(spans);
    chunk.malformed = malformed;
    return chunk;
  }

  // A record that starts at `begin` and is too long. It goes to `end`, and on if it is `open`.
  Chunk cut_off(std::size_t begin, std::size_t end, bool open) {
    std::uint64_t size = end - begin;
    Chunk chunk;
    chunk.bytes = std::make_shared<const std::string>(buffer_, begin, max_record_);
    chunk.first_position = position_++;
    chunk.records = {{0, static_cast<std::uint32_t>(chunk.bytes->size())}};
    chunk.truncated_record = true;
    buffer_.erase(0, end);
    for (bool finished = !open; !finished;) {
      fill(buffer_.size() + kSkipBytes);
      const auto skip = scanner_->skip(buffer_, at_end_);
      size += skip.consumed;
      buffer_.erase(0, skip.consumed);
      finished = skip.finished;
    }
    chunk.truncated_bytes = size;
    return chunk;
  }

  std::unique_ptr<RecordScanner> scanner_;
};

// 64 KiB pieces of a Windows event log file, without its header.
class EvtxFramer final : public BufferedFramer {
 public:
  EvtxFramer(ReadFn read, const FramerOptions& options)
      : BufferedFramer(std::move(read), options, false),
        pieces_(std::clamp<std::size_t>(options.chunk_bytes / kPiece, 1, 16)) {}

  base::Result<Chunk> next() override {
    if (!started_) {
      started_ = true;
      fill(kHeader);
      if (std::string_view(buffer_).starts_with(std::string_view("ElfFile\0", 8))) buffer_.clear();
    }
    fill(pieces_ * kPiece);
    if (buffer_.empty()) return finish();
    Chunk chunk = take(std::min(buffer_.size(), pieces_ * kPiece));
    position_ += (chunk.bytes->size() + kPiece - 1) / kPiece;
    return chunk;
  }

 private:
  static constexpr std::size_t kHeader = 4096;
  static constexpr std::size_t kPiece = 64 * 1024;
  std::size_t pieces_;
  bool started_ = false;
};

}  // namespace

std::vector<RecordSpan> find_records(Framing framing, std::string_view bytes) {
  const auto scanner = framing == Framing::json ? make_json_scanner() : make_xml_scanner();
  std::vector<RecordSpan> spans;
  bytes = bytes.substr(0, kMaxChunkBytes);
  for (std::size_t from = 0;;) {
    const auto step = scanner->step(bytes, from, true);
    if (step.found != RecordScanner::Found::record) return spans;
    spans.push_back(
        {static_cast<std::uint32_t>(step.begin), static_cast<std::uint32_t>(step.end - step.begin)});
    from = step.next;
  }
}

std::unique_ptr<Framer> make_framer(Framing framing, ReadFn read, const FramerOptions& options) {
  switch (framing) {
    case Framing::lines:
      return std::make_unique<LineFramer>(std::move(read), options);
    case Framing::json:
      return std::make_unique<ScanningFramer>(make_json_scanner(), std::move(read), options);
    case Framing::xml:
      return std::make_unique<ScanningFramer>(make_xml_scanner(), std::move(read), options);
    case Framing::evtx:
      return std::make_unique<EvtxFramer>(std::move(read), options);
  }
  return nullptr;
}

void for_each_record(Framing framing, const Chunk& chunk,
                     const std::function<void(std::string_view record, std::uint64_t position)>& each) {
  visit_records(framing, chunk, each);
}

}  // namespace vedette::normalize
