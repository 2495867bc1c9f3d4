#include "part_fixture.hpp"
#include "vedette/base/ip.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"

namespace vedette::store {

using model::Value;

std::string RandomEvents::text(std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<char>(below(256)));
  return out;
}

Value RandomEvents::any(base::Arena& arena, bool lists) {
  switch (below(lists ? 7 : 6)) {
    case 0:
      return Value::null();
    case 1:
      return Value::boolean(below(2) == 0);
    case 2:
      return Value::integer(below(3) == 0 ? std::numeric_limits<std::int64_t>::min()
                                          : static_cast<std::int64_t>(random_()));
    case 3: {
      const double reals[] = {
          0.0,  -0.0, 1.5, std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity(),
          1e300};
      return Value::real(below(4) == 0 ? std::bit_cast<double>(random_()) : reals[below(6)]);
    }
    case 4:
      return Value::string(arena.copy(text(below(20))));
    case 5:
      return Value::string("");
    default:
      break;
  }
  const auto items = arena.allocate_array<Value>(below(5));
  for (Value& item : items) item = any(arena, false);
  return Value::list(items);
}

Value RandomEvents::value(std::size_t column, base::Arena& arena) {
  const auto copy = [&](const std::string& text) { return Value::string(arena.copy(text)); };
  static constexpr const char* kWords[] = {"Alpha", "beta", "GAMMA delta", "C:\\Windows\\x.exe", "10"};
  switch (column) {
    case 0:
      return Value::string("constant");
    case 1:
      return Value::string(kWords[below(5)]);
    case 2:
      return Value::integer(static_cast<std::int64_t>(sequence_ * 7));
    case 3:
      return Value::integer(static_cast<std::int64_t>(random_()));
    case 4:
      return Value::real(static_cast<double>(below(1000)) / 8);
    case 5:
      return copy("user " + std::to_string(below(100000)) + " did \xff something " + text(below(30)));
    case 6: {
      base::IpAddress address;
      address.bytes[10] = address.bytes[11] = 0xff;
      for (int i = 12; i < 16; ++i) address.bytes[i] = static_cast<std::uint8_t>(below(256));
      if (below(50) == 0) address.bytes[3] = 7;
      return copy(address.to_string());
    }
    case 7:
      return copy(base::format_rfc3339(time_ + static_cast<std::int64_t>(below(1000000))));
    case 8: {
      std::string guid = "{" + base::hex_encode(text(16)) + "}";
      return copy(guid);
    }
    case 9:
      return copy(std::to_string(static_cast<std::int64_t>(random_())));
    case 10:
      return Value::boolean(below(2) == 0);
    case 11:
      return any(arena, true);
    case 12:
      return copy(text(below(3) == 0 ? 2000 : 1));
    case 13:  // upper-case digits in one length, now and then something else
      return copy(below(5000) == 0 ? "zz" : "SHA=" + base::to_lower_ascii("ABCDEF0123").substr(below(3), 6));
    case 14:
      return Value::integer(static_cast<std::int64_t>(below(3000)));
    default:
      return Value::list({});
  }
}

Batch RandomEvents::batch(std::size_t rows) {
  static constexpr std::size_t kColumns = 16;
  std::vector<model::FieldId> fields;
  for (std::size_t i = 0; i < kColumns; ++i)
    fields.push_back(model::intern("part.test." + std::to_string(i)));
  const auto sources = std::array{std::make_shared<const model::Source>(model::Source{"a.log"}),
                                  std::make_shared<const model::Source>(model::Source{"b/\xff.log"})};
  model::BatchBuilder builder(sources[0]);
  for (std::size_t row = 0; row < rows; ++row) {
    builder.set_source(sources[below(2)]);
    builder.begin_row(random_());
    time_ += static_cast<std::int64_t>(below(30'000'000'000));
    builder.set_time(time_);
    builder.set_sequence(++sequence_);
    for (std::size_t i = 0; i < kColumns; ++i) {
      // Columns of all densities.
      if (i > 2 && below(i) > 9 - i / 2) continue;
      const Value made = value(i, builder.arena());
      builder.add(fields[i], made);
      if (i == 5) builder.add(model::field::process_command_line, made);
      if (i == 1 && below(rows) != 0) builder.add(model::field::event_action, made);
    }
    if (below(500) == 0) {
      const std::string name = "sparse." + std::to_string(below(3000));
      builder.add(model::intern(name), any(builder.arena(), true));
    }
    builder.end_row();
  }
  return builder.finish();
}

}  // namespace vedette::store
