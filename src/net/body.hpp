// Bodies of requests as they arrive: chunks undone, content codings undone, within bounds. No sockets here.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::net {

// Bytes of bodies in all connections of a server. Thread safe.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t limit) : limit_(limit) {}
  bool take(std::size_t bytes);
  void give_back(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  bool could_take(std::uint64_t bytes) const;

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

enum class BodyStatus : std::uint8_t { ok, malformed, too_large, over_budget };

// Collects a body, growing as bytes come: an announced length alone takes no more than 1 MiB.
class BodySink {
 public:
  // `expected`: how many bytes are likely; `limit`: how many are allowed. The budget outlives the sink.
  BodySink(std::string& body, BodyBudget& budget, std::uint64_t expected, std::size_t limit)
      : body_(body), budget_(budget), expected_(expected), limit_(limit) {}
  ~BodySink() { budget_.give_back(charged_); }
  BodySink(const BodySink&) = delete;
  BodySink& operator=(const BodySink&) = delete;

  // Where bytes go: at least one. nullptr if the budget is spent.
  char* room(std::size_t& size);
  // too_large if this passes the limit.
  BodyStatus commit(std::size_t count);
  BodyStatus append(std::string_view bytes);
  // Ends the collection. What was taken from the budget is from now on the caller's to give back.
  std::size_t finish();
  std::size_t filled() const { return filled_; }

 private:
  bool grow();

  std::string& body_;
  BodyBudget& budget_;
  std::uint64_t expected_;
  std::size_t limit_;
  std::size_t filled_ = 0;
  std::size_t charged_ = 0;
  char spill_ = 0;
  bool spilling_ = false;
};

enum class ContentCoding : std::uint8_t { identity, gzip, deflate, zstd };
// Of the values of all Content-Encoding fields; nullopt if it is not supported, or several are combined.
std::optional<ContentCoding> parse_content_coding(std::string_view value);

// Undoes a coding piece by piece. Memory: its window (at most 8 MiB for zstd).
class ContentDecoder {
 public:
  virtual ~ContentDecoder() = default;
  virtual BodyStatus feed(std::string_view bytes, BodySink& sink) = 0;
  // Whether the coded data is whole.
  virtual bool finished() const = 0;
};
// identity has none: nullptr.
std::unique_ptr<ContentDecoder> make_content_decoder(ContentCoding coding);

// Undoes chunked transfer coding (RFC 9112, 7.1). Extensions and trailers are dropped.
class ChunkDecoder {
 public:
  // Gives a piece of data, if any, and how many bytes of `bytes` are done with. Call again until nothing is
  // consumed.
  BodyStatus next(std::string_view bytes, std::size_t& consumed, std::string_view& data);
  bool finished() const { return state_ == State::finished; }

 private:
  enum class State : std::uint8_t {
    size,
    extension,
    size_end,
    data,
    data_cr,
    data_lf,
    trailer_begin,
    trailer,
    trailer_lf,
    final_lf,
    finished
  };
  BodyStatus step(char c);
  BodyStatus size_is_known();

  State state_ = State::size;
  std::uint64_t left_ = 0;  // of the chunk
  int digits_ = 0;
  std::size_t overhead_ = 0;  // bytes of extensions and trailers
};

}  // namespace vedette::net
