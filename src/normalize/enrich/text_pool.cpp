#include "enrich/text_pool.hpp"

#include "vedette/base/hash.hpp"

namespace vedette::normalize {

TextPool::TextPool() : bytes_(1, '\0'), slots_(64, 0) {}

TextPool::Id TextPool::append(std::string_view text) {
  if (text.empty()) return 0;
  if (bytes_.size() + text.size() + 10 > kMaxBytes) {
    full_ = true;
    return 0;
  }
  const auto id = static_cast<Id>(bytes_.size());
  std::size_t left = text.size();
  for (; left >= 0x80; left >>= 7) bytes_.push_back(static_cast<char>(0x80 | (left & 0x7F)));
  bytes_.push_back(static_cast<char>(left));
  bytes_.insert(bytes_.end(), text.begin(), text.end());
  return id;
}

std::string_view TextPool::text(Id id) const {
  std::size_t size = 0, at = id;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes_[at++]);
    size |= static_cast<std::size_t>(byte & 0x7F) << shift;
    if (byte < 0x80) break;
  }
  return {bytes_.data() + at, size};
}

TextPool::Id TextPool::intern(std::string_view wanted) {
  if (wanted.empty()) return 0;
  if ((used_ + 1) * 4 > slots_.size() * 3) grow();
  for (std::size_t at = base::hash64(wanted) & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at] == 0) {
      slots_[at] = append(wanted);
      if (slots_[at] != 0) ++used_;
      return slots_[at];
    }
    if (text(slots_[at]) == wanted) return slots_[at];
  }
}

void TextPool::grow() {
  std::vector<Id> old(slots_.size() * 2, 0);
  old.swap(slots_);
  for (const Id id : old) {
    if (id == 0) continue;
    std::size_t at = base::hash64(text(id)) & (slots_.size() - 1);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = id;
  }
}

void TextPool::seal() {
  slots_ = {};
  slots_.shrink_to_fit();
  bytes_.shrink_to_fit();
}

}  // namespace vedette::normalize
