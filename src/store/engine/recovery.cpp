// Opening a store: what is on the disk, whatever happened to it, becomes a set of parts.
#include <algorithm>

#include <fmt/format.h>

#include "engine.hpp"

namespace vedette::store {
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
  TRY_ASSIGN(PartSet opened, open_listed(*manifest, changed));
  SequenceSet held = sequences_from(manifest->sealed_to, opened, changed);
  const auto parts = std::make_shared<const PartSet>(std::move(opened));
  {
    std::lock_guard lock(state_mutex_);
    parts_ = parts;
    sealed_to_ = next_sequence_ = manifest->sealed_to;
    next_part_ = manifest->next_part;
    held_ = std::move(held);
  }
  manifest_bytes_ = *bytes;
  if (changed) TRY(commit({}, nullptr));
  remove_orphans(*parts);
  list_quarantine();
  return base::ok_status();
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
  const std::string aside = "quarantine/" + name.quarantine_name();
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
  quarantined_.push_back(name.quarantine_name());
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
  {
    // A damaged part that could not be moved to the quarantine stays where it is.
    std::lock_guard lock(state_mutex_);
    for (const PartEntry& entry : found_parts()) {
      const bool aside = std::find(quarantined_.begin(), quarantined_.end(), entry.name.quarantine_name()) !=
                         quarantined_.end();
      if (aside) listed.insert(entry.name.path());
    }
  }
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
  for (PartEntry& entry : found) {
    TRY_ASSIGN(const PartPtr part, open_found(entry));
    if (!part) continue;
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
    held_ = std::move(held);
  }
  TRY(commit({}, nullptr));
  remove_orphans(*parts);
  list_quarantine();
  return base::ok_status();
}

// nullptr if it is damaged, and was put aside.
base::Result<PartPtr> StoreEngine::open_found(PartEntry entry) {
  auto reader = PartReader::open(files_, at(entry.name.path()));
  if (!reader.ok()) {
    TRY(fail_if_not_damage(reader.error()));
    put_aside(entry.name, reader.error().message);
    return PartPtr();
  }
  entry.summary = (*reader)->summary();
  entry.summary.path = entry.name.path();
  entry.sealed_at = now();
  return std::make_shared<const Part>(Part{std::move(entry), std::move(reader).value()});
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

// The sequence numbers from `from` on that the parts hold. A part whose numbers cannot be read is put aside.
SequenceSet StoreEngine::sequences_from(std::uint64_t from, PartSet& parts, bool& changed) {
  SequenceSet found;
  std::erase_if(parts, [&](const PartPtr& part) {
    if (part->entry.summary.max_sequence < from) return false;
    const base::Status read = for_each_sequence(*part->reader, [&](std::uint64_t sequence) {
      if (sequence >= from) found.insert(sequence);
    });
    if (read.ok()) return false;
    put_aside(part->entry.name, read.error().message);
    changed = true;
    return true;
  });
  return found;
}

}  // namespace vedette::store
