#!/usr/bin/env bash
# ectopy batch as a Slurm array on a shared file system:
#   job=$(sbatch --parsable slurm-array.sh)
#   sbatch --dependency=afterany:"$job" --array=1-1 --export=ALL,ECTOPY_LAST=1 slurm-array.sh
# The second one finishes what a task left undone, and writes summary.json.
#SBATCH --job-name=ectopy-batch
#SBATCH --array=1-64
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=16
#SBATCH --mem=48G
#SBATCH --time=24:00:00
#SBATCH --requeue
set -euo pipefail

inputs=${ECTOPY_INPUTS:-/shared/holters/in}
tables=${ECTOPY_TABLES:-/shared/holters/tables}
if [ -n "${ECTOPY_LAST:-}" ]; then
    share=1/1
else
    share=${SLURM_ARRAY_TASK_ID}/${SLURM_ARRAY_TASK_COUNT}
fi

ectopy batch "$inputs" --out "$tables" --jobs "${SLURM_CPUS_PER_TASK:-1}" --memory 2048 \
    --shard "$share" --log "$tables.${SLURM_ARRAY_TASK_ID:-last}.jsonl" --quiet
