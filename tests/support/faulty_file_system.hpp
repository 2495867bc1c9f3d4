// A file system that fails when told to, and that can lose what was not synced, as a machine that crashes
// does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/base/file_system.hpp"

namespace vedette::test {

// Thread safe. Works on the files of another file system, and keeps in memory what of them is durable:
// - what was written to a file is durable once the file is synced; after a sync that failed it never will be,
//   though it can be read and later syncs succeed (as Linux does);
// - a name that was made, renamed or removed is durable once its folder is synced;
// - folders are durable at once. Files that are there before they are first touched are durable.
class FaultyFileSystem final : public base::FileSystem {
 public:
  explicit FaultyFileSystem(base::FileSystem& real = base::posix_file_system()) : real_(real) {}

  // The nth from now on fails (1: the next), once. A write leaves its first `partial` bytes behind.
  void fail_write(int nth, std::size_t partial = 0, base::ErrorCode code = base::ErrorCode::io) {
    std::lock_guard lock(mutex_);
    write_fails_ = nth;
    partial_ = partial;
    write_code_ = code;
  }
  void fail_sync(int nth) { set(sync_fails_, nth); }
  void fail_folder_sync(int nth) { set(folder_sync_fails_, nth); }
  void fail_rename(int nth) { set(rename_fails_, nth); }
  void fail_open(int nth) { set(open_fails_, nth); }
  // All of them fail from now on.
  void refuse_truncates(bool refuse) { set(truncates_refused_, refuse); }
  // After that many more bytes the disk is full, until it is told to have room again.
  void no_space_after(std::optional<std::uint64_t> bytes) { set(room_, bytes); }
  // What free_bytes answers, instead of the truth.
  void set_free_bytes(std::optional<std::uint64_t> bytes) { set(free_bytes_, bytes); }

  // From now on nothing works.
  void crash() { set(crashed_, true); }
  // Everything works again, on the files as they were durable. With a `seed` some of what was written and not
  // synced is durable, too: any of the writes, whole or in part.
  void reboot(std::uint32_t seed = 0) {
    std::lock_guard lock(mutex_);
    std::mt19937 random(seed);
    for (const auto& [path, inode] : names_) static_cast<void>(real_.remove(path));
    names_ = durable_names_;
    for (const auto& [path, inode] : names_) {
      if (seed != 0) keep_some(*inode, random);
      inode->pending.clear();
      const auto file = real_.open(path, Open::create);
      if (!file.ok() || !(*file)->truncate(0).ok() || !(*file)->write_at(0, inode->durable).ok())
        std::abort();
    }
    ++boots_;
    crashed_ = false;
  }

  std::uint64_t writes() const { return get(writes_); }
  std::uint64_t syncs() const { return get(syncs_); }

  base::Result<std::unique_ptr<base::File>> open(const std::string& path, Open mode) override {
    std::lock_guard lock(mutex_);
    if (crashed_ || comes_due(open_fails_)) return failure("open", path);
    const bool existed = real_.exists(path);
    auto real = real_.open(path, mode);
    if (!real.ok()) return real.error();
    auto& inode = names_[path];
    if (!inode) {
      inode = std::make_shared<Inode>();
      if (existed) {
        auto bytes = real_.read_all(path, SIZE_MAX);
        if (bytes.ok()) inode->durable = std::move(bytes).value();
        durable_names_[path] = inode;
      }
    }
    return std::unique_ptr<base::File>(new FaultyFile(*this, std::move(real).value(), inode, path));
  }
  base::Status rename(const std::string& from, const std::string& to) override {
    std::lock_guard lock(mutex_);
    if (crashed_ || comes_due(rename_fails_)) return failure("rename", from);
    touch(from);
    touch(to);
    TRY(real_.rename(from, to));
    names_[to] = std::exchange(names_[from], nullptr);
    names_.erase(from);
    return base::ok_status();
  }
  base::Status remove(const std::string& path) override {
    std::lock_guard lock(mutex_);
    if (crashed_) return failure("remove", path);
    touch(path);
    TRY(real_.remove(path));
    names_.erase(path);
    return base::ok_status();
  }
  base::Status make_folders(const std::string& path) override {
    std::lock_guard lock(mutex_);
    if (crashed_) return failure("make", path);
    return real_.make_folders(path);
  }
  base::Status sync_folder(const std::string& path) override {
    std::lock_guard lock(mutex_);
    if (crashed_ || comes_due(folder_sync_fails_)) return failure("sync", path);
    std::erase_if(durable_names_, [&](const auto& entry) { return parent_of(entry.first) == path; });
    for (const auto& entry : names_) {
      if (parent_of(entry.first) == path) durable_names_.insert(entry);
    }
    return base::ok_status();
  }
  base::Result<std::vector<std::string>> list(const std::string& path) override {
    if (get(crashed_)) return failure("list", path);
    return real_.list(path);
  }
  bool exists(const std::string& path) override { return !get(crashed_) && real_.exists(path); }
  base::Result<std::uint64_t> free_bytes(const std::string& path) override {
    const auto answer = get(free_bytes_);
    return answer ? base::Result<std::uint64_t>(*answer) : real_.free_bytes(path);
  }
  base::Result<std::shared_ptr<void>> lock(const std::string& path) override { return real_.lock(path); }

 private:
  struct Inode {
    struct Change {
      std::uint64_t at = 0;
      std::optional<std::string> bytes;  // none: the file ends at `at`
    };
    std::string durable;
    std::vector<Change> pending;

    void apply(const Change& change) {
      if (!change.bytes) return durable.resize(change.at);
      durable.resize(std::max<std::size_t>(durable.size(), change.at + change.bytes->size()));
      durable.replace(change.at, change.bytes->size(), *change.bytes);
    }
  };

  class FaultyFile final : public base::File {
   public:
    FaultyFile(FaultyFileSystem& system, std::unique_ptr<base::File> real, std::shared_ptr<Inode> inode,
               std::string path)
        : system_(system), real_(std::move(real)), inode_(std::move(inode)), path_(std::move(path)) {
      boot_ = system_.boots_;
    }
    base::Result<std::size_t> read_at(std::uint64_t offset, char* to, std::size_t size) const override {
      {
        std::lock_guard lock(system_.mutex_);
        if (gone()) return system_.failure("read", path_);
      }
      return real_->read_at(offset, to, size);
    }
    base::Status write_at(std::uint64_t offset, std::string_view bytes) override {
      std::lock_guard lock(system_.mutex_);
      if (gone()) return system_.failure("write", path_);
      ++system_.writes_;
      std::optional<base::Error> error;
      if (system_.comes_due(system_.write_fails_)) {
        error = base::make_error(system_.write_code_, "a write that shall fail");
        bytes = bytes.substr(0, system_.partial_);
      } else if (system_.room_) {
        if (bytes.size() > *system_.room_) {
          error = base::make_error(base::ErrorCode::no_space, "the disk is full");
          bytes = bytes.substr(0, static_cast<std::size_t>(*system_.room_));
        }
        *system_.room_ -= bytes.size();
      }
      inode_->pending.push_back({offset, std::string(bytes)});
      TRY(real_->write_at(offset, bytes));
      if (error) return *error;
      return base::ok_status();
    }
    base::Status truncate(std::uint64_t size) override {
      std::lock_guard lock(system_.mutex_);
      if (gone() || system_.truncates_refused_) return system_.failure("truncate", path_);
      inode_->pending.push_back({size, std::nullopt});
      return real_->truncate(size);
    }
    base::Status sync() override {
      std::lock_guard lock(system_.mutex_);
      if (gone()) return system_.failure("sync", path_);
      ++system_.syncs_;
      const bool fails = system_.comes_due(system_.sync_fails_);
      if (!fails) {
        for (const auto& change : inode_->pending) inode_->apply(change);
      }
      inode_->pending.clear();
      if (fails) return system_.failure("sync", path_);
      return base::ok_status();
    }
    base::Result<std::uint64_t> size() const override { return real_->size(); }
    std::string_view map(std::uint64_t size) override { return real_->map(size); }

   private:
    bool gone() const { return system_.crashed_ || boot_ != system_.boots_; }

    FaultyFileSystem& system_;
    const std::unique_ptr<base::File> real_;
    const std::shared_ptr<Inode> inode_;
    const std::string path_;
    int boot_ = 0;
  };

  static base::Error failure(const char* action, const std::string& path) {
    return base::make_error(base::ErrorCode::io,
                            std::string("cannot ") + action + " " + path + ": it shall fail");
  }
  static std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
  static bool comes_due(int& countdown) { return countdown > 0 && --countdown == 0; }
  static void keep_some(Inode& inode, std::mt19937& random) {
    for (auto& change : inode.pending) {
      if (random() % 2 == 0) continue;
      if (change.bytes && random() % 2 == 0) change.bytes->resize(random() % (change.bytes->size() + 1));
      inode.apply(change);
    }
  }
  // Knows a file that was there before.
  void touch(const std::string& path) {
    if (names_.contains(path)) return;
    auto bytes = real_.read_all(path, SIZE_MAX);
    if (!bytes.ok()) return;
    auto inode = std::make_shared<Inode>();
    inode->durable = std::move(bytes).value();
    names_[path] = inode;
    durable_names_[path] = inode;
  }
  template <typename T, typename V>
  void set(T& member, V value) {
    std::lock_guard lock(mutex_);
    member = value;
  }
  template <typename T>
  T get(const T& member) const {
    std::lock_guard lock(mutex_);
    return member;
  }

  base::FileSystem& real_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, std::shared_ptr<Inode>> names_, durable_names_;
  int write_fails_ = 0, sync_fails_ = 0, folder_sync_fails_ = 0, rename_fails_ = 0, open_fails_ = 0;
  std::size_t partial_ = 0;
  base::ErrorCode write_code_ = base::ErrorCode::io;
  std::optional<std::uint64_t> room_, free_bytes_;
  bool truncates_refused_ = false, crashed_ = false;
  int boots_ = 0;
  std::uint64_t writes_ = 0, syncs_ = 0;
};

}  // namespace vedette::test
