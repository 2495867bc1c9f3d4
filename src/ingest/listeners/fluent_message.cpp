#include "listeners/fluent_message.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "listeners/inflate.hpp"
#include "listeners/msgpack.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

using FluentKind = MsgpackHead::Kind;

base::Error broken_fluent(std::string what) {
  return base::make_error(base::ErrorCode::corrupt, std::move(what));
}

std::uint32_t fluent_word(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// EventTime, whole or fractional seconds, or [time, metadata]. False: no time.
bool read_fluent_time(MsgpackReader& reader, base::TimeNs& time, int depth = 0) {
  const auto head = reader.head();
  if (!head) return false;
  switch (head->kind) {
    case FluentKind::integer: {
      const auto at = base::from_epoch_number(head->integer);
      time = at.value_or(0);
      return true;
    }
    case FluentKind::real: {
      const auto at = base::from_epoch_number(head->real);
      time = at.value_or(0);
      return true;
    }
    case FluentKind::ext: {
      const auto body = reader.body(*head);
      if (!body || head->ext_type != 0 || body->size() != 8) return false;
      const auto nanos = fluent_word(body->substr(4));
      time = std::int64_t{fluent_word(*body)} * base::kNsPerSecond + (nanos < base::kNsPerSecond ? nanos : 0);
      return true;
    }
    case FluentKind::array: {
      if (depth > 0 || head->count == 0) return false;
      if (!read_fluent_time(reader, time, depth + 1)) return false;
      for (std::uint32_t i = 1; i < head->count; ++i) {
        if (!reader.skip()) return false;
      }
      return true;
    }
    default:
      return false;
  }
}

class EntryReader {
 public:
  EntryReader(const std::function<void(const FluentEntry&)>& entry, std::uint64_t& bad)
      : entry_(entry), bad_(bad) {}

  // A time and a record; false if they are not whole values.
  bool time_and_record(MsgpackReader& reader) {
    const auto time_bytes = reader.skip();
    const auto record = reader.skip();
    if (!time_bytes || !record) return false;
    MsgpackReader time_reader(*time_bytes), record_reader(*record);
    FluentEntry entry;
    json_.clear();
    base::JsonWriter writer(json_);
    const auto head = record_reader.peek();
    if (!read_fluent_time(time_reader, entry.time) || !head || head->kind != FluentKind::map ||
        !record_reader.write_json(writer)) {
      ++bad_;
      return true;
    }
    entry.json = json_;
    entry_(entry);
    return true;
  }

  // [time, record] one after the other.
  base::Status entries(std::string_view bytes) {
    MsgpackReader reader(bytes);
    while (!reader.at_end()) TRY(one(reader));
    return base::ok_status();
  }

  base::Status one(MsgpackReader& reader) {
    const auto bytes = reader.skip();
    if (!bytes) return broken_fluent("a broken entry in a Forward message");
    MsgpackReader entry(*bytes);
    const auto head = entry.head();
    if (!head || head->kind != FluentKind::array || head->count != 2 || !time_and_record(entry)) ++bad_;
    return base::ok_status();
  }

 private:
  const std::function<void(const FluentEntry&)>& entry_;
  std::uint64_t& bad_;
  std::string json_;
};

struct FluentOptions {
  std::string chunk, compressed;
};

bool read_fluent_options(MsgpackReader& reader, FluentOptions& options) {
  const auto head = reader.head();
  if (!head) return false;
  if (head->kind == FluentKind::nil) return true;
  if (head->kind != FluentKind::map) return false;
  for (std::uint32_t i = 0; i < head->count; ++i) {
    const auto key = reader.string();
    if (!key) return false;
    const auto value = reader.peek();
    const bool wanted = *key == "chunk" || *key == "compressed";
    if (wanted && value && (value->kind == FluentKind::text || value->kind == FluentKind::binary)) {
      (*key == "chunk" ? options.chunk : options.compressed) = *reader.string();
    } else if (!reader.skip()) {
      return false;
    }
  }
  return true;
}

void pack_text(std::string& out, std::string_view text) {
  const auto size = text.size();
  if (size < 32) {
    out += static_cast<char>(0xa0 | size);
  } else {
    out += '\xda';
    out += static_cast<char>(size >> 8 & 0xff);
    out += static_cast<char>(size & 0xff);
  }
  out += text;
}

}  // namespace

base::Result<FluentHead> read_fluent_message(std::string_view message, const FluentLimits& limits,
                                             const std::function<void(const FluentEntry&)>& entry,
                                             std::uint64_t& bad) {
  MsgpackReader reader(message);
  const auto count = reader.array();
  if (!count || *count < 2 || *count > 4) return broken_fluent("no message of the Forward protocol");
  const auto tag = reader.string();
  if (!tag) return broken_fluent("a Forward message without a tag");
  FluentHead result;
  result.tag = *tag;
  const auto second = reader.peek();
  if (!second) return broken_fluent("a broken Forward message");
  EntryReader entries(entry, bad);

  // A Message's time may be an array only where Forward's entries would be: told apart by the third value.
  const bool is_stream = second->kind == FluentKind::text || second->kind == FluentKind::binary;
  const bool is_list = second->kind == FluentKind::array;
  MsgpackReader content = reader;
  if (!reader.skip()) return broken_fluent("a broken Forward message");
  const bool is_message = !is_stream && !is_list;
  if (is_message && (*count < 3 || !reader.skip()))
    return broken_fluent("a Forward message without a record");
  FluentOptions options;
  const std::uint32_t used = is_message ? 3 : 2;
  if (*count > used && !read_fluent_options(reader, options))
    return broken_fluent("broken options of a Forward message");
  result.chunk = options.chunk;

  if (is_message) {
    if (!entries.time_and_record(content)) return broken_fluent("a broken Forward message");
  } else if (is_list) {
    const std::uint32_t items = content.array().value_or(0);
    for (std::uint32_t i = 0; i < items; ++i) TRY(entries.one(content));
  } else {
    const auto packed = content.string();
    if (!packed) return broken_fluent("a broken Forward message");
    if (options.compressed.empty() || options.compressed == "text") {
      TRY(entries.entries(*packed));
    } else if (options.compressed == "gzip") {
      TRY_ASSIGN(const auto plain, inflate_bounded(*packed, limits.max_plain_bytes));
      TRY(entries.entries(plain));
    } else {
      return base::make_error(
          base::ErrorCode::unsupported,
          "compression \"" + base::escape_control(options.compressed.substr(0, 32)) + "\"");
    }
  }
  return result;
}

base::Result<FluentPing> read_fluent_ping(std::string_view message) {
  MsgpackReader reader(message);
  const auto count = reader.array();
  const auto name = count && *count == 6 ? reader.string() : std::nullopt;
  if (!name || *name != "PING") return broken_fluent("no PING where the handshake needs one");
  FluentPing ping;
  for (std::string* part : {&ping.hostname, &ping.salt, &ping.digest, &ping.user, &ping.password_digest}) {
    const auto text = reader.string();
    if (!text) return broken_fluent("a broken PING");
    *part = *text;
  }
  return ping;
}

std::string fluent_helo(std::string_view nonce) {
  std::string out = "\x92\xa4HELO\x83";
  pack_text(out, "nonce");
  out += '\xc4';
  out += static_cast<char>(nonce.size());
  out += nonce;
  pack_text(out, "auth");
  pack_text(out, "");
  pack_text(out, "keepalive");
  out += '\xc3';
  return out;
}

std::string fluent_pong(bool accepted, std::string_view reason, std::string_view hostname,
                        std::string_view digest) {
  std::string out = "\x95\xa4PONG";
  out += accepted ? '\xc3' : '\xc2';
  pack_text(out, reason);
  pack_text(out, hostname);
  pack_text(out, digest);
  return out;
}

std::string fluent_ack(std::string_view chunk) {
  std::string out = "\x81";
  pack_text(out, "ack");
  pack_text(out, chunk);
  return out;
}

std::string fluent_digest(std::string_view salt, std::string_view hostname, std::string_view nonce,
                          std::string_view shared_key) {
  std::string bytes;
  for (const auto part : {salt, hostname, nonce, shared_key}) bytes += part;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha512(), nullptr) == 1);
  return base::hex_encode({reinterpret_cast<const char*>(digest), size});
}

std::string fluent_nonce() {
  std::string nonce(16, '\0');
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(nonce.data()), static_cast<int>(nonce.size())) == 1);
  return nonce;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace vedette::ingest
