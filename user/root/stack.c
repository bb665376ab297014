/* The root task's stack: part of its image, its top is where the kernel starts it. */
_Alignas(16) char ennead_root_stack[16384];
