// Copies of a store, and stores of copies.
#include <fmt/format.h>

#include "copy.hpp"
#include "engine.hpp"

namespace vedette::store {
namespace {

// Every file of a backup or of an unfinished restore: paths below `root`.
void list_part_files(base::FileSystem& files, const std::string& root, const std::string& below,
                     std::vector<std::string>& found) {
  const auto names = files.list(root + "/" + below);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    const std::string path = below + "/" + name;
    if (name.ends_with(".vpart") || name.ends_with(".tmp")) {
      found.push_back(path);
    } else if (is_day(name) || is_dataset_folder(name)) {
      list_part_files(files, root, path, found);
    }
  }
}

std::uint64_t remove_other_parts(base::FileSystem& files, const std::string& root,
                                 const std::set<std::string>& kept) {
  std::uint64_t removed = 0;
  std::vector<std::string> found;
  list_part_files(files, root, "parts", found);
  for (const std::string& path : found) {
    if (!kept.contains(path)) removed += files.remove(root + "/" + path).ok();
  }
  return removed;
}

// The pins that are there, and no others.
base::Status copy_pins(base::FileSystem& files, const std::string& from, const std::string& to,
                       const base::CancellationToken& cancellation) {
  const auto names = files.list(from + "/pins");
  std::set<std::string> kept;
  if (names.ok() && !names->empty()) TRY(files.make_folders(to + "/pins"));
  if (names.ok()) {
    for (const std::string& name : *names) {
      if (!is_pin_name(name)) continue;
      const auto copied = copy_file(files, from + "/pins/" + name, to + "/pins/" + name, cancellation);
      if (!copied.ok() && copied.error().code == base::ErrorCode::not_found) continue;  // removed meanwhile
      TRY(copied);
      kept.insert(name);
    }
  }
  const auto there = files.list(to + "/pins");
  if (!there.ok()) return base::ok_status();
  for (const std::string& name : *there) {
    if (!kept.contains(name)) static_cast<void>(files.remove(to + "/pins/" + name));
  }
  return files.sync_folder(to + "/pins");
}

// While it lives, no file of a part is removed.
class HeldRemovals {
 public:
  explicit HeldRemovals(std::function<void(int)> change) : change_(std::move(change)) { change_(1); }
  ~HeldRemovals() { change_(-1); }

 private:
  const std::function<void(int)> change_;
};

}  // namespace

base::Result<Store::BackupResult> StoreEngine::backup(const std::string& folder,
                                                      const base::CancellationToken& cancellation) {
  TRY(files_.make_folders(folder));
  TRY_ASSIGN(const auto lock, files_.lock(folder + "/LOCK"));
  HeldRemovals held([this](int by) {
    std::lock_guard commit_lock(commit_mutex_);
    removals_held_ += by;
    remove_deferred();
  });
  Manifest manifest;
  std::shared_ptr<const PartSet> all;
  {
    std::lock_guard state_lock(state_mutex_);
    all = parts_;
    manifest.sealed_to = sealed_to_;
    manifest.next_part = next_part_;
  }
  BackupResult result;
  std::set<std::string> kept, folders;
  for (const PartPtr& part : *all) {
    const std::string path = part->entry.name.path();
    manifest.parts.push_back(part->entry);
    kept.insert(path);
    if (same_part_file(files_, at(path), folder + "/" + path)) {
      ++result.parts_kept;
      continue;
    }
    TRY(files_.make_folders(folder + "/" + part->entry.name.folder()));
    TRY_ASSIGN(const std::uint64_t bytes, copy_file(files_, at(path), folder + "/" + path, cancellation));
    folders.insert(folder + "/" + part->entry.name.folder());
    ++result.parts_copied;
    result.bytes_copied += bytes;
  }
  for (const std::string& changed : folders) TRY(files_.sync_folder(changed));
  TRY(copy_pins(files_, options_.folder, folder, cancellation));
  TRY(files_.replace(folder + "/manifest", encode_manifest(manifest)));
  result.parts_removed = remove_other_parts(files_, folder, kept);
  return result;
}

base::Status restore(base::FileSystem& files, const std::string& backup, const std::string& folder,
                     const base::CancellationToken& cancellation) {
  TRY_ASSIGN(const std::string bytes, read_manifest_file(files, backup + "/manifest"));
  TRY_ASSIGN(const Manifest manifest, decode_manifest(bytes));
  const std::string marker = folder + "/RESTORING";
  if (files.exists(folder) && !files.exists(marker)) {
    TRY_ASSIGN(const auto names, files.list(folder));
    if (!names.empty()) {
      return base::make_error(base::ErrorCode::invalid_argument, folder + " is not empty");
    }
  }
  TRY(files.make_folders(folder));
  TRY(files.replace(marker, ""));
  TRY_ASSIGN(const auto lock, files.lock(folder + "/LOCK"));
  std::set<std::string> kept, folders;
  for (const PartEntry& entry : manifest.parts) {
    const std::string path = entry.name.path();
    TRY(files.make_folders(folder + "/" + entry.name.folder()));
    TRY(copy_file(files, backup + "/" + path, folder + "/" + path, cancellation));
    TRY_ASSIGN(const PartPtr part, open_part(files, folder, entry));
    TRY(part->reader->verify(cancellation));
    kept.insert(path);
    folders.insert(folder + "/" + entry.name.folder());
  }
  for (const std::string& changed : folders) TRY(files.sync_folder(changed));
  TRY(copy_pins(files, backup, folder, cancellation));
  remove_other_parts(files, folder, kept);
  TRY(files.replace(folder + "/manifest", bytes));
  TRY(files.remove(marker));
  return files.sync_folder(folder);
}

}  // namespace vedette::store
