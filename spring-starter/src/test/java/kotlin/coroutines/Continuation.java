package kotlin.coroutines;

/** Stands for Kotlin's, which the compiler of Kotlin gives each {@code suspend} function as its last parameter. */
public interface Continuation<T> {}
