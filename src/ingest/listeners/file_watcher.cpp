#include "listeners/file_watcher.hpp"

#include <cstdint>
#include <cstring>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace vedette::ingest {

FileWatcher::FileWatcher()
    : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

FileWatcher::~FileWatcher() {
  if (inotify_ >= 0) ::close(inotify_);
  if (wake_ >= 0) ::close(wake_);
}

void FileWatcher::watch(const std::set<std::string>& folders) {
  if (inotify_ < 0) return;
  for (auto it = watches_.begin(); it != watches_.end();) {
    if (folders.contains(it->first)) {
      ++it;
      continue;
    }
    ::inotify_rm_watch(inotify_, it->second);
    folders_.erase(it->second);
    it = watches_.erase(it);
  }
  constexpr std::uint32_t kEvents =
      IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_ONLYDIR;
  for (const auto& folder : folders) {
    if (watches_.contains(folder) || watches_.size() >= kMostFolders) continue;
    const int watch = ::inotify_add_watch(inotify_, folder.c_str(), kEvents);
    if (watch < 0) continue;
    watches_[folder] = watch;
    folders_[watch] = folder;
  }
}

void FileWatcher::read_events(Changes& changes) {
  alignas(inotify_event) char buffer[16384];
  for (;;) {
    const ssize_t got = ::read(inotify_, buffer, sizeof buffer);
    if (got <= 0) return;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer + at, sizeof event);
      const auto folder = folders_.find(event.wd);
      if ((event.mask & (IN_MODIFY | IN_CLOSE_WRITE)) != 0 && folder != folders_.end() && event.len != 0) {
        const std::string name = buffer + at + sizeof event;
        changes.written.insert(folder->second.ends_with('/') ? folder->second + name
                                                             : folder->second + "/" + name);
      } else {
        changes.names = true;
      }
      if ((event.mask & IN_IGNORED) != 0 && folder != folders_.end()) {
        watches_.erase(folder->second);
        folders_.erase(folder);
      }
      at += sizeof event + event.len;
    }
  }
}

FileWatcher::Changes FileWatcher::wait(std::chrono::milliseconds time) {
  Changes changes;
  pollfd polled[2] = {{wake_, POLLIN, 0}, {inotify_, POLLIN, 0}};
  const int count = inotify_ >= 0 ? 2 : 1;
  if (::poll(polled, static_cast<nfds_t>(count), static_cast<int>(time.count())) <= 0) return changes;
  if ((polled[0].revents & POLLIN) != 0) {
    std::uint64_t value = 0;
    [[maybe_unused]] const ssize_t got = ::read(wake_, &value, sizeof value);
  }
  if (count == 2 && (polled[1].revents & POLLIN) != 0) read_events(changes);
  return changes;
}

void FileWatcher::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
}

}  // namespace vedette::ingest
