package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class Latin1CodecTest {

    private final Latin1Codec codec = new Latin1Codec();

    @Test
    void everyByteOfABitmapIsOneCharacter() {
        byte[] bitmap = new byte[256];
        IntStream.range(0, 256).forEach(value -> bitmap[value] = (byte) value);
        String text = IntStream.range(0, 256).mapToObj(Character::toString).collect(Collectors.joining());

        assertThat(codec.decodeValue(ByteBuffer.wrap(bitmap))).isEqualTo(text);
        assertThat(codec.encodeValue(text)).isEqualTo(ByteBuffer.wrap(bitmap));
        assertThat(codec.encodeKey(text)).isEqualTo(ByteBuffer.wrap(bitmap));
    }
}
