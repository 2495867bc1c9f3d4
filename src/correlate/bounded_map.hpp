// A map of bounded size from texts to values. Past the bound the least recently touched go first, those that
// were touched once before those that came back: a flood of new keys does not push out what is known.
// Ordered by key inside, so that no chosen key makes it slow.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>

namespace vedette::correlate {

template <typename Value>
class BoundedMap {
 public:
  struct Node {
    std::string key;
    Value value;
    bool known = false;  // came back at least once
  };
  using List = std::list<Node>;

  explicit BoundedMap(std::size_t bound) : bound_(bound < 16 ? 16 : bound) {}

  Value* find(std::string_view key) {
    const auto it = index_.find(key);
    return it == index_.end() ? nullptr : &it->second->value;
  }
  const Value* find(std::string_view key) const {
    const auto it = index_.find(key);
    return it == index_.end() ? nullptr : &it->second->value;
  }

  // The value of `key`, made if there is none; it is the most recent now. Valid until the next touch.
  // `again`: it counts as one that came back.
  Value& touch(std::string_view key, bool again = true) {
    if (const auto it = index_.find(key); it != index_.end()) {
      const auto node = it->second;
      if (node->known || !again) {
        List& list = node->known ? known_ : fresh_;
        list.splice(list.end(), list, node);
      } else {
        node->known = true;
        known_.splice(known_.end(), fresh_, node);
        demote();
      }
      return node->value;
    }
    if (index_.size() >= bound_) evict();
    fresh_.push_back({std::string(key), Value{}, false});
    index_.emplace(fresh_.back().key, std::prev(fresh_.end()));
    return fresh_.back().value;
  }

  std::size_t size() const { return index_.size(); }
  std::uint64_t evicted() const { return evicted_; }

  // In the order in which they would go; for saving.
  template <typename Visit>
  void each(Visit visit) const {
    for (const Node& node : fresh_) visit(node);
    for (const Node& node : known_) visit(node);
  }
  // Restores what each() gave, in its order.
  Value& append(std::string key, bool known) {
    List& list = known ? known_ : fresh_;
    list.push_back({std::move(key), Value{}, known});
    index_.emplace(list.back().key, std::prev(list.end()));
    return list.back().value;
  }
  void set_evicted(std::uint64_t evicted) { evicted_ = evicted; }

 private:
  // Known ones take four fifths at most.
  void demote() {
    if (known_.size() * 5 <= bound_ * 4) return;
    known_.front().known = false;
    fresh_.splice(fresh_.end(), known_, known_.begin());
  }
  void evict() {
    List& list = fresh_.empty() ? known_ : fresh_;
    index_.erase(list.front().key);
    list.pop_front();
    ++evicted_;
  }

  std::size_t bound_;
  List fresh_, known_;  // least recent first
  std::map<std::string_view, typename List::iterator, std::less<>> index_;
  std::uint64_t evicted_ = 0;
};

}  // namespace vedette::correlate
