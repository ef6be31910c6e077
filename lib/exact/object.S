/* SPDX-License-Identifier: LGPL-2.1-or-later */
	.section .rodata
	.global bdt_exact_object
	.hidden bdt_exact_object
	.global bdt_exact_object_end
	.hidden bdt_exact_object_end
	.balign 16
bdt_exact_object:
	.incbin "exact.bpf.o"
bdt_exact_object_end:
	.section .note.GNU-stack, "", %progbits
