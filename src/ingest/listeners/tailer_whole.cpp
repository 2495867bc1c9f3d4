// Files that are read as wholes: compressed ones, and event logs of Windows chunk by chunk.
#include <algorithm>

#include <sys/stat.h>

#include "listeners/tailer.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/ingest/inputs.hpp"

namespace vedette::ingest {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{256} << 10;
constexpr std::uint64_t kEvtxHeaderBytes = 4096, kEvtxChunk = 65'536;

// Calls `each` for the plain bytes of a file, piece by piece, until it says no; `member` counts the streams.
void read_plain(const FoundFile& file, const std::function<bool(std::size_t member, std::string_view)>& each,
                std::vector<InputProblem>& problems) {
  std::string piece(kPieceBytes, '\0');
  std::size_t member = 0;
  read_input(
      {file.path, file.size, file.modified}, InputLimits{},
      [&](const InputInfo&, InputStream& stream) {
        for (;;) {
          const auto got = stream.read(piece.data(), piece.size());
          if (!got.ok() || *got == 0 || !each(member, std::string_view(piece).substr(0, *got))) break;
        }
        ++member;
      },
      nullptr, problems);
}

}  // namespace

// The plain file that this one is the compressed copy of: rotated logs are compressed after they were read.
std::optional<Tailer::Original> Tailer::find_compressed_original(const FoundFile& file) {
  std::map<std::uint64_t, std::vector<Original>> wanted;  // by offset
  std::string head, last;
  std::uint64_t offset = 0;
  bool planned = false;
  std::optional<Original> best;
  const auto plan = [&] {
    planned = true;
    for (const auto& [number, entry] : entries_) {
      if (entry.state.kind != Kind::lines || entry.state.head_size == 0 || !head_matches(entry.state, head))
        continue;
      for (const auto& mark : {entry.handed_over, entry.state.mark}) {
        if (mark.offset != 0 && may_be_rotated(entry.state, mark, file.path))
          wanted[mark.offset].push_back({number, mark});
      }
    }
  };
  const auto compare = [&](std::uint64_t begin, const std::string& all) {
    while (!wanted.empty() && wanted.begin()->first <= begin + all.size()) {
      for (const auto& original : wanted.begin()->second) {
        const auto at = static_cast<std::size_t>(original.mark.offset - begin);
        const auto mark = mark_at(original.mark.offset, std::string_view(all).substr(0, at));
        if (mark.tail_size == original.mark.tail_size && mark.tail_hash == original.mark.tail_hash)
          best = original;
      }
      wanted.erase(wanted.begin());
    }
  };
  std::vector<InputProblem> problems;
  read_plain(
      file,
      [&](std::size_t member, std::string_view piece) {
        if (member != 0) return false;
        std::string all = last + std::string(piece);
        if (!planned) {
          head = all.substr(0, kHeadBytes);
          if (head.size() == kHeadBytes) plan();
          if (!planned && all.size() < kHeadBytes) {
            last = std::move(all);
            return true;
          }
        }
        const std::uint64_t begin = offset + piece.size() - all.size();
        compare(begin, all);
        offset += piece.size();
        last = all.substr(all.size() - std::min(all.size(), kTailBytes));
        return !wanted.empty() && !stop_.load();
      },
      problems);
  if (!planned) {
    plan();
    compare(0, last);
  }
  return best;
}

void Tailer::read_compressed(const FoundFile& file, const TailInput& input, std::uint64_t begun) {
  const auto original = begun == 0 ? find_compressed_original(file) : std::nullopt;
  const std::uint64_t number = begun == 0 ? add(file, input, Kind::compressed) : begun;
  Entry& entry = entries_.at(number);
  entry.dirty = false;
  if (original) {
    const TailState& from = entries_.at(original->entry).state;
    entry.state.identity = from.identity;
    entry.state.path = from.path;
  }
  if (must_save_) save();
  auto cutter = LineCutter::make(input.rules);
  if (!cutter.ok()) return;
  const std::uint64_t skip = original ? original->mark.offset : 0;
  Out out;
  std::string buffer;
  std::uint64_t at = 0;  // offset of buffer
  std::size_t current = 0;
  const std::string identity = entry.state.identity;
  const auto take = [&](LineCutter::Flush flush) {
    std::vector<CutRecord> found;
    const std::size_t done = (*cutter)->cut(buffer, flush, false, found);
    for (const auto& item : found) {
      // The mark of all but the last batch says nothing: the file is read again whole, with the same ids.
      add_record(number, entry, out,
                 {at + item.begin, buffer.substr(item.begin, item.end - item.begin), item.cut, {}});
    }
    buffer.erase(0, done);
    at += done;
  };
  std::vector<InputProblem> problems;
  read_plain(
      file,
      [&](std::size_t member, std::string_view piece) {
        if (member != current) {
          take(LineCutter::Flush::all);
          (*cutter)->restart();
          current = member;
          at = 0;
          buffer.clear();
          entry.state.identity = identity + "-" + std::to_string(member);
        }
        if (member == 0 && at < skip) {
          const auto pass = static_cast<std::size_t>(std::min<std::uint64_t>(skip - at, piece.size()));
          at += pass;
          piece.remove_prefix(pass);
        }
        buffer.append(piece);
        take(LineCutter::Flush::nothing);
        return wait_for_room();
      },
      problems);
  if (!stop_.load()) take(LineCutter::Flush::all);
  entry.state.identity = identity;
  for (const auto& problem : problems) {
    log_.warning("a compressed file could not be read whole",
                 {{"file.path", problem.path}, {"error.message", problem.error.message}});
  }
  if (stop_.load()) return;
  const TailMark whole{file.size, 0, 0, true};
  if (out.writer.empty()) {
    // Whatever was handed over before must be acknowledged first.
    ledger_->acknowledged(number, ledger_->hand_over(number, whole));
  } else {
    out.mark = whole;
    hand_over(number, entry, out);
  }
}

// Hands over the chunks that are new or have grown. The header of a chunk tells its last record, so that a
// look at the headers shows what has changed.
bool Tailer::read_evtx(std::uint64_t number) {
  Entry& entry = entries_.at(number);
  if (!entry.input) return false;
  auto file = TailFile::open(entry.state.last_path);
  struct stat info {};
  if (!file.ok() || ::fstat(file->fd(), &info) != 0 || info.st_ino != entry.state.inode) {
    entry.dirty = false;
    return false;
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (std::chrono::steady_clock::now() - entry.changed < options_.settle) return false;
  entry.dirty = false;
  const bool reopened = entry.chunks.empty();
  const std::uint64_t known = entry.state.mark.offset < kEvtxHeaderBytes
                                  ? 0
                                  : (entry.state.mark.offset - kEvtxHeaderBytes) / kEvtxChunk;
  const std::uint64_t count = size < kEvtxHeaderBytes ? 0 : (size - kEvtxHeaderBytes) / kEvtxChunk;
  entry.chunks.resize(static_cast<std::size_t>(count));
  Out out;
  constexpr std::size_t kChunkHeader = 128, kFirstRecord = 512, kRecordHead = 64, kBatchChunks = 16;
  for (std::uint64_t i = 0; i < count && wait_for_room(); ++i) {
    const std::uint64_t offset = kEvtxHeaderBytes + i * kEvtxChunk;
    const std::string header = file->read(offset, kChunkHeader);
    if (!header.starts_with(std::string_view("ElfChnk\0", 8))) continue;
    auto& sent = entry.chunks[static_cast<std::size_t>(i)];
    const std::uint64_t hash = base::hash64(header);
    const bool last_known = i + 1 == known;
    if (sent == hash) continue;
    sent = hash;
    if (reopened && i + 1 < known) continue;
    const std::string chunk = file->read(offset, kEvtxChunk);
    const std::uint64_t content = base::hash64(chunk);
    if (chunk.size() < kEvtxChunk || (reopened && last_known && content == entry.state.mark.tail_hash))
      continue;
    // A chunk that grows keeps its id; its events have ids of their own below it.
    auto& raw = out.writer.add(chunk);
    raw.id =
        base::hash128_hex("evtx\n" + entry.state.identity + "\n" + chunk.substr(kFirstRecord, kRecordHead));
    raw.id_tells_bytes = true;
    out.mark = {std::max(entry.handed_over.offset, offset + kEvtxChunk), 0, content, false};
    entry.handed_over = out.mark;
    if (out.writer.size() >= kBatchChunks) hand_over(number, entry, out);
  }
  hand_over(number, entry, out);
  return false;
}

}  // namespace vedette::ingest
