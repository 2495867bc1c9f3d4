// Opening a store: what is on the disk, whatever happened to it, becomes a set of parts.
#include <algorithm>

#include <fmt/format.h>

#include "engine.hpp"

namespace vedette::store {
namespace {

constexpr int kReadTries = 20;  // a writer may drop parts between the manifest and their opening

bool is_absent(const base::Error& error) {
  return error.code == base::ErrorCode::not_found;
}

}  // namespace

base::Status StoreEngine::start() {
  if (files_.exists(at("RESTORING"))) {
    return base::make_error(base::ErrorCode::corrupt,
                            options_.folder + " holds an unfinished restore; restore again");
  }
  if (options_.read_only) {
    if (!files_.exists(options_.folder)) {
      return base::make_error(base::ErrorCode::not_found, options_.folder + " does not exist");
    }
    return refresh();
  }
  TRY(files_.make_folders(options_.folder));
  TRY_ASSIGN(lock_, files_.lock(at("LOCK")));
  TRY(recover());
  for (const std::string& name : pins_.load()) {
    static_cast<void>(files_.make_folders(at("quarantine")));
    static_cast<void>(files_.rename(at("pins/" + name), at("quarantine/pin_" + name)));
    report(
        fmt::format("the pin '{}' is damaged and was put aside: its events are not pinned any more", name));
  }
  return base::ok_status();
}

base::Status StoreEngine::recover() {
  const auto bytes = read_manifest_file(files_, at("manifest"));
  const auto manifest = bytes.ok() ? decode_manifest(*bytes) : base::Result<Manifest>(bytes.error());
  if (!manifest.ok()) {
    if (manifest.error().code == base::ErrorCode::unsupported) return manifest.error();
    if (bytes.ok()) report(manifest.error().message + "; it is made again from the parts");
    return recover_from_parts();
  }
  bool changed = false;
  TRY_ASSIGN(auto opened, open_listed(*manifest, changed));
  auto parts = std::make_shared<PartSet>(std::move(opened));
  {
    std::lock_guard lock(state_mutex_);
    parts_ = parts;
    sealed_to_ = next_sequence_ = manifest->sealed_to;
    next_part_ = manifest->next_part;
  }
  manifest_bytes_ = *bytes;
  if (changed) TRY(commit({}, nullptr));
  remove_orphans(*parts);
  list_quarantine();
  return hold_sequences_of(*parts);
}

base::Result<PartSet> StoreEngine::open_listed(const Manifest& manifest, bool& changed) {
  PartSet parts;
  for (const PartEntry& entry : manifest.parts) {
    auto part = open_part(files_, options_.folder, entry);
    if (part.ok()) {
      parts.push_back(std::move(part).value());
    } else {
      TRY(fail_if_not_damage(part.error()));
      changed = true;
      put_aside(entry.name, part.error().message);
    }
  }
  return parts;
}

// A part of a newer program is sound, and where no file can be opened (too many are) it is not this one's
// fault.
base::Status StoreEngine::fail_if_not_damage(const base::Error& error) {
  if (error.code == base::ErrorCode::unsupported) return error;
  if (error.code == base::ErrorCode::io && !files_.list(options_.folder).ok()) {
    return error;
  }
  return base::ok_status();
}

void StoreEngine::put_aside(const PartName& name, const std::string& why) {
  const std::string aside = fmt::format("quarantine/{}_{}_{}.vpart", name.day, name.dataset, name.number);
  if (!options_.read_only && files_.exists(at(name.path()))) {
    base::Status moved = files_.make_folders(at("quarantine"));
    if (moved.ok()) moved = files_.rename(at(name.path()), at(aside));
    if (moved.ok()) moved = files_.sync_folder(at("quarantine"));
    report(fmt::format("the part {} is damaged and was put into quarantine: {}", name.path(), why));
    if (!moved.ok()) report(moved.error().message);
  } else {
    report(fmt::format("the part {} cannot be read: {}", name.path(), why));
  }
  std::lock_guard lock(state_mutex_);
  quarantined_.push_back(aside.substr(aside.find('/') + 1));
}

void StoreEngine::list_quarantine() {
  const auto names = files_.list(at("quarantine"));
  std::lock_guard lock(state_mutex_);
  if (names.ok()) {
    for (const std::string& name : *names) {
      if (name.ends_with(".vpart")) quarantined_.push_back(name);
    }
  }
  std::sort(quarantined_.begin(), quarantined_.end());
  quarantined_.erase(std::unique(quarantined_.begin(), quarantined_.end()), quarantined_.end());
}

std::vector<PartEntry> StoreEngine::found_parts() {
  std::vector<PartEntry> found;
  const auto names_in = [&](const std::string& folder) {
    auto names = files_.list(at(folder));
    return names.ok() ? std::move(names).value() : std::vector<std::string>();
  };
  for (const std::string& day : names_in("parts")) {
    if (!is_day(day)) continue;
    for (const std::string& dataset : names_in("parts/" + day)) {
      if (!is_dataset_folder(dataset)) continue;
      for (const std::string& file : names_in("parts/" + day + "/" + dataset)) {
        if (const auto number = parse_part_file(file)) found.push_back({{day, dataset, *number}, {}, 0});
      }
    }
  }
  std::sort(found.begin(), found.end(),
            [](const PartEntry& a, const PartEntry& b) { return a.name.number < b.name.number; });
  return found;
}

// Files of unfinished seals and merges, and of parts that were dropped.
void StoreEngine::remove_orphans(const PartSet& parts) {
  std::set<std::string> listed;
  for (const PartPtr& part : parts) listed.insert(part->entry.name.path());
  for (const PartEntry& entry : found_parts()) {
    if (!listed.contains(entry.name.path())) static_cast<void>(files_.remove(at(entry.name.path())));
  }
  const auto days = files_.list(at("parts"));
  if (!days.ok()) return;
  for (const std::string& day : *days) {
    const auto datasets = files_.list(at("parts/" + day));
    if (!datasets.ok()) continue;
    // Folders that are not empty stay.
    for (const std::string& dataset : *datasets)
      static_cast<void>(files_.remove(at("parts/" + day + "/" + dataset)));
    static_cast<void>(files_.remove(at("parts/" + day)));
  }
}

// Without a manifest every part that is there counts. Those of unfinished work hold rows that others hold as
// well: sequence numbers tell.
base::Status StoreEngine::recover_from_parts() {
  const auto bytes = read_manifest_file(files_, at("manifest.old"));
  const auto old = bytes.ok() ? decode_manifest(*bytes) : base::Result<Manifest>(bytes.error());
  auto parts = std::make_shared<PartSet>();
  SequenceSet held;
  std::uint64_t next = old.ok() ? old->next_part : 1;
  auto found = found_parts();
  for (const PartEntry& entry : found) next = std::max(next, entry.name.number + 1);
  {
    std::lock_guard lock(state_mutex_);
    next_part_ = next;
    // Everything before was sealed then. From there on events are appended again and skipped if a part has
    // them.
    sealed_to_ = next_sequence_ = old.ok() ? old->sealed_to : 0;
  }
  PartSet spent;
  for (PartEntry& entry : found) {
    auto reader = PartReader::open(files_, at(entry.name.path()));
    if (!reader.ok()) {
      TRY(fail_if_not_damage(reader.error()));
      put_aside(entry.name, reader.error().message);
      continue;
    }
    entry.summary = (*reader)->summary();
    entry.summary.path = entry.name.path();
    entry.sealed_at = now();
    auto part = std::make_shared<const Part>(Part{entry, std::move(reader).value()});
    auto rest = without_held(part, held);
    if (rest.ok() && *rest != nullptr) {
      const base::Status read = for_each_sequence(*(*rest)->reader, [&](std::uint64_t s) { held.insert(s); });
      if (read.ok()) parts->push_back(*rest);
      if (!read.ok()) put_aside((*rest)->entry.name, read.error().message);
    } else if (!rest.ok()) {
      put_aside(entry.name, rest.error().message);
    }
  }
  if (!parts->empty()) report(fmt::format("the manifest was made again from {} parts", parts->size()));
  std::sort(parts->begin(), parts->end(),
            [](const PartPtr& a, const PartPtr& b) { return a->entry.name.number < b->entry.name.number; });
  {
    std::lock_guard lock(state_mutex_);
    parts_ = parts;
  }
  TRY(commit({}, nullptr));
  remove_orphans(*parts);
  list_quarantine();
  return hold_sequences_of(*parts);
}

// The part itself, a new one with the rows that `held` lacks, or nullptr if it lacks none.
base::Result<PartPtr> StoreEngine::without_held(const PartPtr& part, const SequenceSet& held) {
  std::uint64_t doubled = 0, rows = 0;
  TRY(for_each_sequence(*part->reader, [&](std::uint64_t sequence) {
    ++rows;
    doubled += held.contains(sequence);
  }));
  if (doubled == 0) return part;
  if (doubled == rows) return PartPtr();
  PartFiles out(files_, options_.folder, [this] { return take_number(); });
  PartOptions options;
  options.block_rows = options_.block_rows;
  TRY(merge_parts(
      {part}, tuning_.merge, options, [&](std::uint64_t sequence) { return held.contains(sequence); }, {},
      out));
  TRY(out.sync_folders());
  CHECK(out.parts().size() == 1);
  out.keep();
  return out.parts().front();
}

base::Status StoreEngine::hold_sequences_of(const PartSet& parts) {
  std::lock_guard lock(state_mutex_);
  for (const PartPtr& part : parts) {
    if (part->entry.summary.max_sequence < sealed_to_) continue;
    TRY(for_each_sequence(*part->reader, [&](std::uint64_t sequence) {
      if (sequence >= sealed_to_) held_.insert(sequence);
    }));
  }
  return base::ok_status();
}

base::Status StoreEngine::refresh() {
  if (!options_.read_only) return base::ok_status();
  std::lock_guard commit_lock(commit_mutex_);
  for (int attempt = 0;; ++attempt) {
    auto bytes = read_manifest_file(files_, at("manifest"));
    if (!bytes.ok() && is_absent(bytes.error())) return base::ok_status();  // nothing was sealed yet
    if (!bytes.ok()) return bytes.error();
    if (*bytes == manifest_bytes_) return base::ok_status();
    TRY_ASSIGN(const Manifest manifest, decode_manifest(*bytes));
    std::map<std::string, PartPtr> open;
    const auto before = parts();
    for (const PartPtr& part : *before) open[part->entry.name.path()] = part;
    auto next = std::make_shared<PartSet>();
    std::vector<std::pair<PartName, std::string>> unread;
    for (const PartEntry& entry : manifest.parts) {
      const auto known = open.find(entry.name.path());
      auto part = known != open.end() && known->second->entry.sealed_at == entry.sealed_at &&
                          known->second->entry.summary.bytes == entry.summary.bytes
                      ? base::Result<PartPtr>(known->second)
                      : open_part(files_, options_.folder, entry);
      if (part.ok()) {
        next->push_back(std::move(part).value());
      } else {
        unread.emplace_back(entry.name, part.error().message);
      }
    }
    if (!unread.empty() && attempt < kReadTries) {
      const auto again = read_manifest_file(files_, at("manifest"));
      if (again.ok() && *again != *bytes) continue;
    }
    {
      std::lock_guard lock(state_mutex_);
      quarantined_.clear();
    }
    for (const auto& [name, why] : unread) put_aside(name, why);
    list_quarantine();
    show(std::move(next), manifest);
    manifest_bytes_ = std::move(bytes).value();
    return base::ok_status();
  }
}

// Shows the parts, and of the unsealed rows those that are not in them.
void StoreEngine::show(std::shared_ptr<const PartSet> parts, const Manifest& manifest) {
  std::lock_guard lock(state_mutex_);
  parts_ = std::move(parts);
  sealed_to_ = std::max(sealed_to_, manifest.sealed_to);
  next_sequence_ = std::max(next_sequence_, sealed_to_);
  const auto chunks = memory_.chunks();
  memory_.clear();
  for (const auto& chunk : chunks) {
    for (const auto& batch : chunk->batches()) {
      std::vector<bool> keep(batch->size());
      for (std::size_t row = 0; row < batch->size(); ++row) {
        keep[row] = (*batch)[row].sequence() >= sealed_to_;
      }
      const bool all = std::find(keep.begin(), keep.end(), false) == keep.end();
      const auto rest = all ? batch : select_rows(batch, keep);
      if (rest) memory_.add(rest, bytes_of(*rest));
    }
  }
}

}  // namespace vedette::store
