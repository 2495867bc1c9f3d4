// Files in memory, for tests that make many.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "vedette/base/file_system.hpp"

namespace vedette::test {

// Thread safe. Copied with all its files. Folders are there as soon as they are named.
class MemoryFileSystem final : public base::FileSystem {
 public:
  MemoryFileSystem() = default;
  MemoryFileSystem(const MemoryFileSystem& other) { *this = other; }
  // Only while nobody has files of either open.
  MemoryFileSystem& operator=(const MemoryFileSystem& other) {
    files_.clear();
    for (const auto& [path, bytes] : other.files_) files_[path] = std::make_shared<Bytes>(bytes->text);
    return *this;
  }

  std::string get(const std::string& path) const {
    std::lock_guard lock(mutex_);
    return files_.at(path)->text;
  }
  void put(const std::string& path, std::string text) {
    std::lock_guard lock(mutex_);
    files_[path] = std::make_shared<Bytes>(std::move(text));
  }

  base::Result<std::unique_ptr<base::File>> open(const std::string& path, Open mode) override {
    std::lock_guard lock(mutex_);
    auto found = files_.find(path);
    if (found == files_.end()) {
      if (mode != Open::create) return absent(path);
      found = files_.emplace(path, std::make_shared<Bytes>(std::string())).first;
    }
    return std::unique_ptr<base::File>(std::make_unique<MemoryFile>(found->second));
  }
  base::Status rename(const std::string& from, const std::string& to) override {
    std::lock_guard lock(mutex_);
    const auto found = files_.find(from);
    if (found == files_.end()) return absent(from);
    files_[to] = found->second;
    files_.erase(from);
    return base::ok_status();
  }
  base::Status remove(const std::string& path) override {
    std::lock_guard lock(mutex_);
    if (files_.erase(path) == 0) return absent(path);
    return base::ok_status();
  }
  base::Status make_folders(const std::string&) override { return base::ok_status(); }
  base::Status sync_folder(const std::string&) override { return base::ok_status(); }
  base::Result<std::vector<std::string>> list(const std::string& path) override {
    std::lock_guard lock(mutex_);
    std::set<std::string> names;
    const std::string prefix = path + "/";
    for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.starts_with(prefix); ++at) {
      const std::string rest = at->first.substr(prefix.size());
      names.insert(rest.substr(0, rest.find('/')));
    }
    return std::vector<std::string>(names.begin(), names.end());
  }
  bool exists(const std::string& path) override {
    std::lock_guard lock(mutex_);
    const auto at = files_.lower_bound(path);
    return at != files_.end() && (at->first == path || at->first.starts_with(path + "/"));
  }
  base::Result<std::uint64_t> free_bytes(const std::string&) override { return std::uint64_t{1} << 40; }
  base::Result<std::shared_ptr<void>> lock(const std::string& path) override {
    std::lock_guard lock(mutex_);
    std::shared_ptr<void> held = locks_[path].lock();
    if (held) return base::make_error(base::ErrorCode::busy, path + " is in use");
    held = std::make_shared<int>(0);
    locks_[path] = held;
    return held;
  }

 private:
  struct Bytes {
    explicit Bytes(std::string given) : text(std::move(given)) {}
    std::mutex mutex;
    std::string text;  // guarded by mutex
  };

  class MemoryFile final : public base::File {
   public:
    explicit MemoryFile(std::shared_ptr<Bytes> bytes) : bytes_(std::move(bytes)) {}
    base::Result<std::size_t> read_at(std::uint64_t offset, char* to, std::size_t size) const override {
      std::lock_guard lock(bytes_->mutex);
      if (offset >= bytes_->text.size()) return std::size_t{0};
      return bytes_->text.copy(to, size, static_cast<std::size_t>(offset));
    }
    base::Status write_at(std::uint64_t offset, std::string_view bytes) override {
      std::lock_guard lock(bytes_->mutex);
      const auto at = static_cast<std::size_t>(offset);
      bytes_->text.resize(std::max(bytes_->text.size(), at + bytes.size()));
      bytes.copy(bytes_->text.data() + at, bytes.size());
      return base::ok_status();
    }
    base::Status truncate(std::uint64_t size) override {
      std::lock_guard lock(bytes_->mutex);
      bytes_->text.resize(static_cast<std::size_t>(size));
      return base::ok_status();
    }
    base::Status sync() override { return base::ok_status(); }
    base::Result<std::uint64_t> size() const override {
      std::lock_guard lock(bytes_->mutex);
      return std::uint64_t{bytes_->text.size()};
    }
    std::string_view map(std::uint64_t size) override {
      std::lock_guard lock(bytes_->mutex);
      if (bytes_->text.empty() || bytes_->text.size() < size) return {};
      mapped_.push_back(std::make_unique<std::string>(bytes_->text));
      return *mapped_.back();
    }

   private:
    const std::shared_ptr<Bytes> bytes_;
    std::vector<std::unique_ptr<std::string>> mapped_;  // guarded by bytes_->mutex
  };

  static base::Error absent(const std::string& path) {
    return base::make_error(base::ErrorCode::not_found, "there is no " + path);
  }

  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, std::shared_ptr<Bytes>> files_;
  std::map<std::string, std::weak_ptr<void>> locks_;
};

}  // namespace vedette::test
