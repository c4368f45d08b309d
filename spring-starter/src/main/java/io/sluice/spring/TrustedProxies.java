package io.sluice.spring;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the client's address behind proxies that are trusted to tell it in {@code X-Forwarded-For}. */
final class TrustedProxies {

    private static final Logger log = LoggerFactory.getLogger(TrustedProxies.class);
    private static final String HEADER = "X-Forwarded-For";
    private static final String OCTET = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
    private static final Pattern IPV6 = Pattern.compile("(?=.*:)[0-9A-Fa-f:.]{2,45}");
    private static final int IPV6_HOST_BYTES = 8;

    private final List<Network> networks = new ArrayList<>();
    private final AtomicBoolean hasWarned = new AtomicBoolean();

    /**
     * Reads networks such as {@code 10.0.0.0/8} and {@code fd00::/8}, or single addresses.
     *
     * @throws IllegalArgumentException if one cannot be read
     */
    TrustedProxies(List<String> cidrs) {
        cidrs.forEach(cidr -> networks.add(Network.parse(cidr.trim())));
    }

    /**
     * Returns the address of the client: the peer's or, if that is a trusted proxy, the right-most address in the
     * header that is not. Nobody trusts the source of anything left of that. What is no address ends the search, and
     * the last known proxy counts.
     */
    String clientOf(GatedCall call) {
        String client = call.remoteAddress();
        if (networks.isEmpty() || !isTrusted(client)) {
            if (!hasWarned.get()) {
                warnOfAProxy(call);
            }
            return client;
        }
        String[] hops = hops(call);
        for (int i = hops.length - 1; i >= 0 && isTrusted(client); i--) {
            InetAddress hop = addressOf(hops[i]);
            if (hop == null) {
                break;
            }
            client = hop.getHostAddress();
        }
        return client;
    }

    private static @Nullable InetAddress addressOf(String hop) {
        return parse(withoutPort(hop.trim()));
    }

    private static String[] hops(GatedCall call) {
        return String.join(",", call.headers(HEADER)).split(",", -1);
    }

    /**
     * Warns of a peer that may be a load balancer, whose callers all count as one. Names no address, which is a key.
     */
    private void warnOfAProxy(GatedCall call) {
        if (call.header(HEADER) != null && !isReadAlready(call) && hasWarned.compareAndSet(false, true)) {
            log.warn("A call counted by address brings " + HEADER + " through a peer that is not in"
                    + " sluice.trusted-proxies. If that is a proxy of yours, all who come through it are counted as one"
                    + " caller: add its address");
        }
    }

    /** Tells whether the server has put the client in the peer's place but kept the header, as Reactor Netty does. */
    private static boolean isReadAlready(GatedCall call) {
        InetAddress peer = parse(call.remoteAddress());
        return peer != null && Arrays.stream(hops(call)).anyMatch(hop -> peer.equals(addressOf(hop)));
    }

    /**
     * Returns what an address counts as: an IPv4 address itself, and for an IPv6 address its /64 network, because a
     * client is commonly given the whole network.
     */
    static String counted(String address) {
        InetAddress parsed = address.indexOf(':') < 0 ? null : parse(address);
        if (parsed == null) {
            return address;
        }
        StringBuilder network = new StringBuilder();
        byte[] bytes = parsed.getAddress();
        if (bytes.length == 4) {
            return parsed.getHostAddress();
        }
        for (int i = 0; i < IPV6_HOST_BYTES; i += 2) {
            network.append(Integer.toHexString(((bytes[i] & 0xff) << 8) | (bytes[i + 1] & 0xff)))
                    .append(':');
        }
        return network.append(":/64").toString();
    }

    private boolean isTrusted(String address) {
        InetAddress parsed = parse(address);
        return parsed != null && networks.stream().anyMatch(network -> network.contains(parsed));
    }

    /** Returns an IPv6 address without the brackets that it has in {@code Forwarded} headers and in URIs. */
    static String withoutBrackets(String address) {
        return address.startsWith("[") && address.endsWith("]") ? address.substring(1, address.length() - 1) : address;
    }

    private static String withoutPort(String hop) {
        if (hop.startsWith("[")) {
            int end = hop.indexOf(']');
            return end < 0 ? hop : hop.substring(1, end);
        }
        int colon = hop.indexOf(':');
        return colon > 0 && colon == hop.lastIndexOf(':') ? hop.substring(0, colon) : hop;
    }

    /** Reads an address; null if it is none. A name is never looked up. */
    private static @Nullable InetAddress parse(String text) {
        try {
            if (IPV4.matcher(text).matches()) {
                return InetAddress.getByName(text);
            }
            // In brackets nothing but an IPv6 address is accepted, so nothing is looked up.
            return IPV6.matcher(text).matches() ? InetAddress.getByName('[' + text + ']') : null;
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /** A network of addresses of one kind. */
    private static final class Network {

        private final byte[] prefix;
        private final int bits;

        private Network(byte[] prefix, int bits) {
            this.prefix = prefix;
            this.bits = bits;
        }

        static Network parse(String cidr) {
            int slash = cidr.indexOf('/');
            InetAddress address = TrustedProxies.parse(slash < 0 ? cidr : cidr.substring(0, slash));
            if (address != null) {
                int most = address.getAddress().length * Byte.SIZE;
                String bits = slash < 0 ? Integer.toString(most) : cidr.substring(slash + 1);
                if (bits.matches("\\d{1,3}") && Integer.parseInt(bits) <= most) {
                    return new Network(address.getAddress(), Integer.parseInt(bits));
                }
            }
            throw new IllegalArgumentException("sluice.trusted-proxies has \"" + cidr
                    + "\", but expected addresses or networks such as 10.0.0.0/8 and fd00::/8");
        }

        boolean contains(InetAddress address) {
            byte[] bytes = address.getAddress();
            if (bytes.length != prefix.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit += Byte.SIZE) {
                int differing = (bytes[bit / Byte.SIZE] ^ prefix[bit / Byte.SIZE]) & 0xff;
                if (differing >> Math.max(0, Byte.SIZE - (bits - bit)) != 0) {
                    return false;
                }
            }
            return true;
        }
    }
}
