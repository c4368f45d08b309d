package io.sluice.benchmarks;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The size of Sluice's own objects and their arrays, as HotSpot lays them out with compressed references. */
final class OwnObjects {

    private static final int HEADER_BYTES = 12;
    private static final int ARRAY_HEADER_BYTES = 16;
    private static final int REFERENCE_BYTES = 4;
    private static final int ALIGNMENT_BYTES = 8;

    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Object> left = new ArrayDeque<>();

    private OwnObjects() {}

    /** Returns the bytes of all own objects that can be reached from one by way of own objects. */
    static long bytes(Object root) {
        OwnObjects objects = new OwnObjects();
        objects.reach(root);
        long bytes = 0;
        while (!objects.left.isEmpty()) {
            Object next = objects.left.pop();
            long own = next.getClass().isArray() ? objects.arrayBytes(next) : objects.objectBytes(next);
            bytes += (own + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
        }
        return bytes;
    }

    private void reach(@Nullable Object object) {
        if (object != null && isOwn(object.getClass()) && seen.add(object)) {
            left.push(object);
        }
    }

    private static boolean isOwn(Class<?> type) {
        return type.isArray()
                ? type.getComponentType().isPrimitive() || isOwn(type.getComponentType())
                : type.getName().startsWith("io.sluice.");
    }

    private long arrayBytes(Object array) {
        int length = Array.getLength(array);
        if (array instanceof Object[] elements) {
            for (Object element : elements) {
                reach(element);
            }
        }
        return ARRAY_HEADER_BYTES + (long) length * bytesOf(array.getClass().getComponentType());
    }

    private long objectBytes(Object object) {
        long bytes = HEADER_BYTES;
        for (Class<?> type = object.getClass(); type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())) {
                    bytes += bytesOf(field.getType());
                    if (!field.getType().isPrimitive() && isOwn(type)) {
                        reach(valueOf(field, object));
                    }
                }
            }
        }
        return bytes;
    }

    private static @Nullable Object valueOf(Field field, Object object) {
        try {
            field.setAccessible(true);
            return field.get(object);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("A field of one's own can be read", e);
        }
    }

    private static int bytesOf(Class<?> type) {
        if (type == long.class || type == double.class) {
            return Long.BYTES;
        }
        if (type == int.class || type == float.class) {
            return Integer.BYTES;
        }
        if (type == short.class || type == char.class) {
            return Short.BYTES;
        }
        return type.isPrimitive() ? Byte.BYTES : REFERENCE_BYTES;
    }
}
