// What the consumer groups of a log have done.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "context.hpp"
#include "vedette/ports/bus.hpp"

namespace vedette::bus {

// Thread safe. One file a group; the one before it is kept for the day the file is damaged.
class Groups {
 public:
  Groups(Context& context, std::string folder) : context_(context), folder_(std::move(folder)) {}

  // Reads all files. Damage is reported: the group goes back to what it committed before, or to the start.
  void load();
  base::Status commit(const std::string& group, const ports::TopicPartition& of, std::uint64_t offset);
  // A group that asks for its place holds records back from then on.
  base::Result<std::uint64_t> committed(const std::string& group, const ports::TopicPartition& of);
  base::Status forget(const std::string& group);
  // From where on some group still needs the records; none if there is no group for them.
  std::optional<std::uint64_t> hold(const ports::TopicPartition& of) const;
  std::vector<std::string> verify() const;

 private:
  using Offsets = std::map<ports::TopicPartition, std::uint64_t>;
  struct Group {
    std::mutex writing;  // one commit at a time
    Offsets offsets;     // guarded by the mutex_ of Groups
  };
  std::string path_of(const std::string& group) const { return folder_ + "/" + group; }
  Offsets read(const std::string& group) const;
  std::shared_ptr<Group> find_or_add(const std::string& group);

  Context& context_;
  const std::string folder_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, std::shared_ptr<Group>> groups_;
};

// [a-z0-9_-]{1,64}: names of topics and groups.
bool is_name(std::string_view text);

}  // namespace vedette::bus
