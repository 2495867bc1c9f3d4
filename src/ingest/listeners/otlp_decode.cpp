// Protocol buffers without generated code: https://protobuf.dev/programming-guides/encoding/
#include <bit>
#include <cstring>

#include "listeners/otlp.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

// The fields of one message. Ends at the first fault.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : bytes_(bytes) {}

  struct Field {
    std::uint32_t number = 0;
    std::uint64_t value = 0;  // of varint, fixed64 and fixed32
    std::string_view bytes;   // of length-delimited ones
    bool is_bytes = false;
  };

  // False at the end, or at a fault.
  bool next(Field& field) {
    if (bytes_.empty() || failed_) return false;
    std::uint64_t tag = 0;
    if (!varint(tag) || (tag >> 3) == 0 || (tag >> 3) > kMaxNumber) return fail();
    field = Field{};
    field.number = static_cast<std::uint32_t>(tag >> 3);
    switch (tag & 7) {
      case 0:
        return varint(field.value) || fail();
      case 1:
        return fixed(8, field.value) || fail();
      case 5:
        return fixed(4, field.value) || fail();
      case 2: {
        std::uint64_t size = 0;
        if (!varint(size) || size > bytes_.size()) return fail();
        field.is_bytes = true;
        field.bytes = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return true;
      }
      default:
        return fail();  // groups have been deprecated since before OTLP
    }
  }
  bool failed() const { return failed_; }

 private:
  static constexpr std::uint64_t kMaxNumber = (1u << 29) - 1;

  bool fail() {
    failed_ = true;
    return false;
  }

  bool varint(std::uint64_t& value) {
    value = 0;
    for (std::size_t i = 0; i < 10; ++i) {
      if (i >= bytes_.size()) return false;
      const auto byte = static_cast<unsigned char>(bytes_[i]);
      value |= std::uint64_t{byte & 0x7fu} << (7 * i);
      if (byte < 0x80) {
        bytes_.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  }

  bool fixed(std::size_t size, std::uint64_t& value) {
    if (bytes_.size() < size) return false;
    value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes_[i]);
    bytes_.remove_prefix(size);
    return true;
  }

  std::string_view bytes_;
  bool failed_ = false;
};

// Whether a value could be read; too_much is a fault of one record, malformed of the request.
enum class WireOutcome : std::uint8_t { ok, malformed, too_much };

struct WireBudget {
  std::size_t nodes = kMaxOtlpNodes;
};

WireOutcome read_any(std::string_view bytes, int depth, WireBudget& budget, OtlpValue& value);

// KeyValue
WireOutcome read_key_value(std::string_view bytes, int depth, WireBudget& budget,
                           std::vector<OtlpMember>& members) {
  if (budget.nodes == 0) return WireOutcome::too_much;
  --budget.nodes;
  auto& [key, value] = members.emplace_back();
  WireReader reader(bytes);
  for (WireReader::Field field; reader.next(field);) {
    if (!field.is_bytes) continue;
    if (field.number == 1) key = field.bytes;
    if (field.number == 2) {
      if (const WireOutcome got = read_any(field.bytes, depth, budget, value); got != WireOutcome::ok)
        return got;
    }
  }
  return reader.failed() ? WireOutcome::malformed : WireOutcome::ok;
}

// ArrayValue (values are AnyValue) and KeyValueList (values are KeyValue)
WireOutcome read_members(std::string_view bytes, bool named, int depth, WireBudget& budget,
                         OtlpValue& value) {
  WireReader reader(bytes);
  for (WireReader::Field field; reader.next(field);) {
    if (field.number != 1 || !field.is_bytes) continue;
    WireOutcome got = WireOutcome::ok;
    if (named) {
      got = read_key_value(field.bytes, depth, budget, value.members);
    } else {
      if (budget.nodes == 0) return WireOutcome::too_much;
      --budget.nodes;
      got = read_any(field.bytes, depth, budget, value.members.emplace_back().value);
    }
    if (got != WireOutcome::ok) return got;
  }
  return reader.failed() ? WireOutcome::malformed : WireOutcome::ok;
}

WireOutcome read_any(std::string_view bytes, int depth, WireBudget& budget, OtlpValue& value) {
  using Kind = OtlpValue::Kind;
  if (depth > kMaxOtlpDepth) return WireOutcome::too_much;
  WireReader reader(bytes);
  for (WireReader::Field field; reader.next(field);) {
    if ((field.number == 1 || field.number >= 5) != field.is_bytes) continue;
    WireOutcome got = WireOutcome::ok;
    switch (field.number) {
      case 1:
        value.kind = Kind::text, value.text = field.bytes;
        break;
      case 2:
        value.kind = Kind::boolean, value.boolean = field.value != 0;
        break;
      case 3:
        value.kind = Kind::integer, value.integer = static_cast<std::int64_t>(field.value);
        break;
      case 4:
        value.kind = Kind::real, value.real = std::bit_cast<double>(field.value);
        break;
      case 5:
      case 6:
        if (value.kind != (field.number == 5 ? Kind::array : Kind::object)) value.members.clear();
        value.kind = field.number == 5 ? Kind::array : Kind::object;
        got = read_members(field.bytes, field.number == 6, depth + 1, budget, value);
        break;
      case 7:
        value.kind = Kind::bytes, value.text = field.bytes;
        break;
      default:
        break;
    }
    if (got != WireOutcome::ok) return got;
  }
  return reader.failed() ? WireOutcome::malformed : WireOutcome::ok;
}

std::string id_hex(std::string_view id) {
  return id.find_first_not_of('\0') == std::string_view::npos || id.size() > 32 ? std::string()
                                                                                : base::hex_encode(id);
}

// LogRecord
WireOutcome read_log_record(std::string_view bytes, OtlpRecord& record) {
  WireBudget budget;
  WireReader reader(bytes);
  for (WireReader::Field field; reader.next(field);) {
    const bool should_be_bytes = field.number == 3 || field.number == 5 || field.number == 6 ||
                                 field.number == 9 || field.number == 10 || field.number == 12;
    if (should_be_bytes != field.is_bytes) continue;
    WireOutcome got = WireOutcome::ok;
    switch (field.number) {
      case 1:
        record.time = field.value;
        break;
      case 2:
        record.severity_number = static_cast<std::int32_t>(field.value);
        break;
      case 3:
        record.severity_text = field.bytes;
        break;
      case 5:
        got = read_any(field.bytes, 0, budget, record.body);
        break;
      case 6:
        got = read_key_value(field.bytes, 0, budget, record.attributes);
        break;
      case 8:
        record.flags = static_cast<std::uint32_t>(field.value);
        break;
      case 9:
        record.trace_id = id_hex(field.bytes);
        break;
      case 10:
        record.span_id = id_hex(field.bytes);
        break;
      case 11:
        record.observed = field.value;
        break;
      case 12:
        record.event_name = field.bytes;
        break;
      default:
        break;
    }
    if (got != WireOutcome::ok) return got;
  }
  return reader.failed() ? WireOutcome::malformed : WireOutcome::ok;
}

// Attributes stand under `number` in Resource (1) and InstrumentationScope (3).
WireOutcome read_attributes(std::string_view bytes, std::uint32_t number, OtlpAttributes& attributes) {
  WireBudget budget;
  WireReader reader(bytes);
  for (WireReader::Field field; reader.next(field);) {
    if (field.number != number || !field.is_bytes) continue;
    const WireOutcome got = read_key_value(field.bytes, 0, budget, attributes);
    if (got != WireOutcome::ok) return got;
  }
  return reader.failed() ? WireOutcome::malformed : WireOutcome::ok;
}

std::string_view text_field_of(std::string_view message, std::uint32_t number) {
  std::string_view text;
  WireReader reader(message);
  for (WireReader::Field field; reader.next(field);) {
    if (field.number == number && field.is_bytes) text = field.bytes;
  }
  return text;
}

// Calls `each` with the embedded messages under a number; false at a fault.
template <typename Each>
bool each_message(std::string_view bytes, std::uint32_t number, Each&& each) {
  WireReader reader(bytes);
  for (WireReader::Field field; reader.next(field);) {
    if (field.number == number && field.is_bytes && !each(field.bytes)) return false;
  }
  return !reader.failed();
}

// ScopeLogs. The scope may stand behind its records.
bool read_scope_logs(std::string_view bytes, OtlpBuilder& builder) {
  OtlpAttributes attributes;
  std::string_view name, version;
  const bool scope = each_message(bytes, 1, [&](std::string_view message) {
    name = text_field_of(message, 1);
    version = text_field_of(message, 2);
    return read_attributes(message, 3, attributes) != WireOutcome::malformed;
  });
  if (!scope) return false;
  builder.set_scope(name, version, attributes);
  return each_message(bytes, 2, [&](std::string_view message) {
    OtlpRecord record;
    const WireOutcome got = read_log_record(message, record);
    if (got == WireOutcome::too_much) builder.reject("a record has too many values, or too deep ones");
    if (got == WireOutcome::ok) builder.add(record);
    return got != WireOutcome::malformed;
  });
}

// ResourceLogs
bool read_resource_logs(std::string_view bytes, OtlpBuilder& builder) {
  OtlpAttributes attributes;
  const bool resource = each_message(bytes, 1, [&](std::string_view message) {
    return read_attributes(message, 1, attributes) != WireOutcome::malformed;
  });
  if (!resource) return false;
  builder.set_resource(attributes);
  return each_message(bytes, 2, [&](std::string_view message) { return read_scope_logs(message, builder); });
}

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}
void put_number(std::string& out, std::uint32_t number, std::uint64_t value) {
  put_varint(out, std::uint64_t{number} << 3);
  put_varint(out, value);
}
void put_bytes(std::string& out, std::uint32_t number, std::string_view bytes) {
  put_varint(out, std::uint64_t{number} << 3 | 2);
  put_varint(out, bytes.size());
  out += bytes;
}

}  // namespace

base::Status decode_otlp_protobuf(std::string_view request, const OtlpLimits& limits, OtlpTaken& taken) {
  OtlpBuilder builder(limits, taken);
  const bool read = each_message(
      request, 1, [&](std::string_view message) { return read_resource_logs(message, builder); });
  if (!read)
    return base::make_error(base::ErrorCode::corrupt,
                            "the request is no ExportLogsServiceRequest in protobuf");
  return base::ok_status();
}

std::string otlp_response(bool json, std::uint64_t rejected, std::string_view message) {
  std::string out;
  if (json) {
    base::JsonWriter writer(out);
    writer.begin_object();
    if (rejected != 0 || !message.empty()) {
      writer.key("partialSuccess").begin_object().field("rejectedLogRecords", std::to_string(rejected));
      writer.field("errorMessage", message).end_object();
    }
    writer.end_object();
  } else if (rejected != 0 || !message.empty()) {
    std::string partial;
    if (rejected != 0) put_number(partial, 1, rejected);
    if (!message.empty()) put_bytes(partial, 2, base::to_valid_utf8(message));
    put_bytes(out, 1, partial);
  }
  return out;
}

std::string otlp_status(bool json, int grpc_code, std::string_view message,
                        std::chrono::seconds retry_after) {
  std::string out;
  if (json) {
    base::JsonWriter(out).begin_object().key("code").number(grpc_code).field("message", message).end_object();
    return out;
  }
  put_number(out, 1, static_cast<std::uint64_t>(grpc_code));
  put_bytes(out, 2, base::to_valid_utf8(message));
  if (retry_after.count() > 0) {
    std::string duration, info, any;
    put_number(duration, 1, static_cast<std::uint64_t>(retry_after.count()));
    put_bytes(info, 1, duration);
    put_bytes(any, 1, "type.googleapis.com/google.rpc.RetryInfo");
    put_bytes(any, 2, info);
    put_bytes(out, 3, any);
  }
  return out;
}

}  // namespace vedette::ingest
