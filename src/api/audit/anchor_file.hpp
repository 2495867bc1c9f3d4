// The file of anchors: heads of the chain, a line each, only ever appended to.
#pragma once

#include <fstream>
#include <optional>
#include <string>

#include "audit/audit_chain.hpp"

namespace vedette::api {

// Not thread safe.
class AnchorFile {
 public:
  explicit AnchorFile(std::string path) : path_(std::move(path)) {}
  AnchorFile(const AnchorFile&) = delete;
  AnchorFile& operator=(const AnchorFile&) = delete;
  ~AnchorFile();

  // Made with mode 0600 if absent.
  base::Status open();
  base::Status append(const AuditMark& mark);  // synced
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int file_ = -1;
};

// Reads anchors one after another.
class AnchorReader {
 public:
  struct Line {
    std::uint64_t number = 0;       // from 1
    std::optional<AuditMark> mark;  // nullopt: it is none
  };
  // A file that is not there has no lines.
  explicit AnchorReader(const std::string& path);
  bool is_there() const { return is_there_; }
  // nullopt at the end. A last line without its end was torn by a crash and is left out.
  std::optional<Line> next();

 private:
  std::ifstream file_;
  bool is_there_ = false;
  std::uint64_t number_ = 0;
};

// The one with the highest number.
std::optional<AuditMark> last_anchor(const std::string& path);

}  // namespace vedette::api
