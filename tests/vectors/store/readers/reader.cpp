// Reads golden files with C++17 alone: reader FILE ... prints case, tensor, format, shape, Adler-32.
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

struct Json {
    std::string text;  // of a string or a number
    std::vector<Json> items;
    std::vector<std::pair<std::string, Json>> members;

    const Json& at(const std::string& name) const {
        for (const auto& member : members)
            if (member.first == name) return member.second;
        throw std::runtime_error("no " + name);
    }
};

class Reader {
    const std::string& text_;
    size_t at_ = 0;

    char next() {
        while (std::isspace(static_cast<unsigned char>(text_.at(at_)))) ++at_;
        return text_[at_];
    }
    bool taken(char wanted) { return next() == wanted && ++at_; }

    std::string string() {
        std::string found;
        for (++at_; text_.at(at_) != '"'; ++at_) found += text_[at_] == '\\' ? text_.at(++at_) : text_[at_];
        ++at_;
        return found;
    }

  public:
    explicit Reader(const std::string& text) : text_(text) {}

    Json value() {
        Json found;
        if (next() == '"') {
            found.text = string();
        } else if (taken('{')) {
            while (!taken('}')) {
                next();
                std::string name = string();
                taken(':');
                found.members.emplace_back(name, value());
                taken(',');
            }
        } else if (taken('[')) {
            while (!taken(']')) {
                found.items.push_back(value());
                taken(',');
            }
        } else {
            while (std::isdigit(static_cast<unsigned char>(text_.at(at_)))) found.text += text_[at_++];
            if (found.text.empty()) throw std::runtime_error("no value");
        }
        return found;
    }
};

int main(int count, char** paths) {
    for (int i = 1; i < count; ++i) {
        std::ifstream file(paths[i], std::ios::binary);
        const std::string raw((std::istreambuf_iterator<char>(file)), {});
        uint64_t size = 0;
        for (int byte = 0; byte < 8; ++byte) size |= uint64_t(uint8_t(raw.at(byte))) << (8 * byte);
        const std::string header = raw.substr(8, size);
        const Json tensors = Reader(header).value();
        const std::string metadata = tensors.at("__metadata__").at("mxfp8-moe-conformance").text;
        const Json said = Reader(metadata).value();
        for (const auto& [name, tensor] : said.at("tensors").members) {
            std::string shape;
            for (const Json& length : tensor.at("shape").items) shape += (shape.empty() ? "" : "x") + length.text;
            const auto& ends = tensors.at(name).at("data_offsets").items;
            uint32_t a = 1, b = 0;
            for (uint64_t at = 8 + size + std::stoull(ends[0].text); at < 8 + size + std::stoull(ends[1].text); ++at) {
                a = (a + uint8_t(raw.at(at))) % 65521;
                b = (b + a) % 65521;
            }
            std::printf("%s %s %s %s %08x\n", said.at("case").text.c_str(), name.c_str(),
                        tensor.at("format").text.c_str(), shape.c_str(), (b << 16) | a);
        }
    }
}
