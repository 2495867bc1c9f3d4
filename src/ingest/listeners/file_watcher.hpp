// Wakes a thread when something happens in folders.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace vedette::ingest {

// What wake() is for may be called from any thread; all else from one. Without inotify it only waits.
class FileWatcher {
 public:
  FileWatcher();
  ~FileWatcher();
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;

  struct Changes {
    std::set<std::string> written;  // paths of files
    bool names = false;             // files appeared, vanished or were renamed
  };
  // At most `kMostFolders` are watched.
  void watch(const std::set<std::string>& folders);
  Changes wait(std::chrono::milliseconds time);
  void wake();

 private:
  static constexpr std::size_t kMostFolders = 4096;
  void read_events(Changes& changes);

  int inotify_ = -1, wake_ = -1;
  std::map<std::string, int> watches_;
  std::map<int, std::string> folders_;
};

}  // namespace vedette::ingest
