// Which files there are, which of them are known, and which are copies of others.
#include <algorithm>

#include <dirent.h>
#include <sys/stat.h>

#include "listeners/tailer.hpp"
#include "vedette/base/hash.hpp"

namespace vedette::ingest {
namespace {

bool is_compressed_head(std::string_view head) {
  using namespace std::string_view_literals;
  for (const auto magic :
       {"\x1f\x8b"sv, "\x28\xb5\x2f\xfd"sv, "\xfd\x37zXZ\0"sv, "BZh"sv, "\x04\x22\x4d\x18"sv}) {
    if (head.starts_with(magic)) return true;
  }
  return false;
}

std::string new_identity(const FoundFile& file) {
  return base::hash128_hex(file.path + "\n" + std::to_string(file.device) + "\n" +
                           std::to_string(file.inode) + "\n" + std::to_string(wall_clock_ns()));
}

std::string folder_of_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + (slash == 0 ? 1 : 0));
}

}  // namespace

void Tailer::load() {
  auto states = states_.load();
  if (!states.ok()) {
    log_.error("checkpoints of tailed files were unreadable and are set aside",
               {{"error.message", states.error().message}});
  }
  first_start_ = states.ok() && states->empty();
  if (!states.ok()) return;
  for (auto& state : *states) {
    Entry& entry = entries_[++last_number_];
    entry.live = state.inode != 0;
    entry.handed_over = state.mark;
    if (entry.live) by_inode_[{state.device, state.inode}] = last_number_;
    entry.state = std::move(state);
  }
}

// Files that were renamed while nobody looked, to names that no pattern fits: their last lines are still to
// be read. Once, after the first scan.
void Tailer::find_renamed() {
  std::map<std::string, std::vector<std::uint64_t>> by_folder;
  for (const auto& [number, entry] : entries_) {
    if (entry.live && !entry.listed && entry.state.kind == Kind::lines)
      by_folder[folder_of_path(entry.state.last_path)].push_back(number);
  }
  for (const auto& [folder, numbers] : by_folder) {
    DIR* const dir = ::opendir(folder.c_str());
    if (!dir) continue;
    while (const dirent* const item = ::readdir(dir)) {
      for (const auto number : numbers) {
        Entry& entry = entries_.at(number);
        if (item->d_ino != entry.state.inode) continue;
        const std::string path = folder + "/" + item->d_name;
        struct stat info {};
        if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_dev != entry.state.device)
          continue;
        entry.state.last_path = path;
        entry.input = &options_.inputs.front();
        entry.dirty = true;
        open(number, entry);
      }
    }
    ::closedir(dir);
  }
}

void Tailer::scan() {
  const bool first = scanned_ == SteadyTime{};
  for (auto& [number, entry] : entries_) entry.listed = false;
  for (auto& [path, resting] : resting_) resting.seen = false;
  std::set<std::string> folders;
  for (const auto& input : options_.inputs) {
    for (const auto& file : find_files(input.paths, input.exclude, GlobLimits{}, folders)) {
      if (stop_.load()) return;
      see(file, input, first && first_start_);
    }
  }
  watcher_.watch(folders);
  if (first) find_renamed();
  std::erase_if(resting_, [](const auto& item) { return !item.second.seen; });
  leave_vanished();
  close_idle();
  forget_oldest();
}

void Tailer::see_again(Entry& entry, const FoundFile& file) {
  if (entry.listed) return;  // by an input before
  entry.listed = true;
  if (entry.state.last_path != file.path) should_save_ = true;
  entry.state.last_path = file.path;
  entry.state.seen = wall_clock_ns() / base::kNsPerSecond;
  if (entry.size == file.size && entry.modified == file.modified) return;
  entry.size = file.size;
  entry.modified = file.modified;
  entry.changed = entry.tail ? entry.changed : std::chrono::steady_clock::now();
  entry.dirty = true;
}

// Whether the file has been left alone for a while.
bool Tailer::rested(const FoundFile& file) {
  const auto now = std::chrono::steady_clock::now();
  auto [place, is_new] = resting_.try_emplace(file.path, Resting{file.size, now, true});
  Resting& resting = place->second;
  resting.seen = true;
  if (resting.size != file.size) resting = {file.size, now, true};
  return now - resting.since >= options_.settle;
}

void Tailer::see(const FoundFile& file, const TailInput& input, bool first) {
  const auto known = by_inode_.find({file.device, file.inode});
  if (known != by_inode_.end()) {
    Entry& entry = entries_.at(known->second);
    if (!entry.input) entry.input = &input;
    see_again(entry, file);
    if (entry.state.kind == Kind::compressed && entry.dirty) see_compressed(file, input);
    return;
  }
  if (file.size == 0) return;
  auto opened = TailFile::open(file.path);
  if (!opened.ok()) {
    log_.warning("a file to be tailed cannot be opened", {{"error.message", opened.error().message}});
    return;
  }
  const std::string head = opened->read(0, kHeadBytes);
  if (is_compressed_head(head)) {
    if (rested(file)) read_compressed(file, input, 0);
    return;
  }
  const bool evtx = head.starts_with(std::string_view("ElfFile\0", 8));
  bool may_be_copy = false;
  const auto original = evtx ? std::nullopt : find_original(*opened, file.path, head, file.size, may_be_copy);
  if ((original || may_be_copy) && !rested(file)) return;
  const bool old = input.ignore_older.count() != 0 &&
                   wall_clock_ns() / base::kNsPerSecond - file.modified > input.ignore_older.count();
  Entry& entry = entries_.at(add(file, input, evtx ? Kind::evtx : Kind::lines));
  if (evtx) return;
  entry.head = head;
  entry.state.head_size = static_cast<std::uint32_t>(head.size());
  entry.state.head_hash = base::hash64(head);
  if (original) {
    const TailState& from = entries_.at(original->entry).state;
    entry.state.identity = from.identity;
    entry.state.path = from.path;
    entry.state.mark = original->mark;
    entry.state.shared_until = file.size;
  } else if (old || (first && input.start_at_end)) {
    const std::uint64_t tail = std::min<std::uint64_t>(file.size, kTailBytes);
    entry.state.mark = mark_at(file.size, opened->read(file.size - tail, tail));
  }
  entry.handed_over = entry.state.mark;
}

// A compressed file that is known: its reading may have been broken off, or it may be another one now.
void Tailer::see_compressed(const FoundFile& file, const TailInput& input) {
  const std::uint64_t number = by_inode_.at({file.device, file.inode});
  Entry& entry = entries_.at(number);
  const bool whole = entry.state.mark.whole;
  if ((whole && entry.state.mark.offset == file.size) || ledger_->open(number) != 0) {
    entry.dirty = false;
  } else if (rested(file)) {
    if (whole) leave(number, entry);
    read_compressed(file, input, whole ? 0 : number);
  }
}

// Short beginnings are often alike (headers): then the name must tell, too.
bool Tailer::may_be_rotated(const TailState& original, const TailMark& mark, const std::string& path) {
  if (mark.offset >= kHeadBytes + kTailBytes) return true;
  const auto name_of = [](const std::string& whole) { return whole.substr(whole.rfind('/') + 1); };
  return name_of(path).starts_with(name_of(original.path));
}

std::uint64_t Tailer::add(const FoundFile& file, const TailInput& input, Kind kind) {
  Entry& entry = entries_[++last_number_];
  entry.state.identity = new_identity(file);
  entry.state.path = entry.state.last_path = file.path;
  entry.state.device = file.device;
  entry.state.inode = file.inode;
  entry.state.seen = wall_clock_ns() / base::kNsPerSecond;
  entry.input = &input;
  entry.state.kind = kind;
  entry.changed = std::chrono::steady_clock::now();
  entry.live = entry.listed = true;
  entry.size = file.size;
  entry.modified = file.modified;
  by_inode_[{file.device, file.inode}] = last_number_;
  must_save_ = true;
  return last_number_;
}

// A content that was read before, up to some mark, and of which `file` is a copy. `may_be`: it might be one
// that is not written wholly yet.
std::optional<Tailer::Original> Tailer::find_original(const TailFile& file, const std::string& path,
                                                      const std::string& head, std::uint64_t size,
                                                      bool& may_be) {
  std::optional<Original> best;
  for (const auto& [number, entry] : entries_) {
    const TailState& state = entry.state;
    if (entry.state.kind != Kind::lines || state.head_size == 0 || entry.handed_over.offset == 0) continue;
    if (!head_matches(state, head)) {
      if (head.size() < state.head_size && entry.head.starts_with(head)) may_be = true;
      continue;
    }
    for (const auto& mark : {entry.handed_over, state.mark}) {
      if (!may_be_rotated(state, mark, path)) continue;
      if (size < mark.offset) {
        may_be = true;
      } else if (mark.offset != 0 && mark_matches(file, mark) && (!best || best->mark.offset < mark.offset)) {
        best = Original{number, mark};
      }
    }
  }
  return best;
}

// It is kept to recognise copies of it.
void Tailer::leave(std::uint64_t number, Entry& entry) {
  const InodeKey key{entry.state.device, entry.state.inode};
  const auto found = by_inode_.find(key);
  if (found != by_inode_.end() && found->second == number) by_inode_.erase(found);
  if (entry.tail) {
    entry.handed_over = entry.tail->here();
    entry.tail.reset();
    counters_.connection(-1);
  }
  entry.live = false;
  entry.state.inode = 0;
  should_save_ = true;
}

void Tailer::leave_vanished() {
  for (auto& [number, entry] : entries_) {
    if (!entry.live || entry.listed) continue;
    if (entry.tail) {
      entry.dirty = true;  // read_lines() leaves it at its end
    } else {
      leave(number, entry);
    }
  }
}

void Tailer::forget_oldest() {
  std::vector<std::pair<std::int64_t, std::uint64_t>> gone;
  for (const auto& [number, entry] : entries_) {
    if (!entry.live && ledger_->open(number) == 0) gone.emplace_back(entry.state.seen, number);
  }
  if (gone.size() <= options_.max_states) return;
  std::sort(gone.begin(), gone.end());
  gone.resize(gone.size() - options_.max_states);
  for (const auto& [seen, number] : gone) entries_.erase(number);
}

}  // namespace vedette::ingest
