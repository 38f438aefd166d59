"""The YAML config: read it with line numbers, override values, validate it, write it back, describe its keys."""

from cnnbp_cli.config.dump import dump_config, to_data, to_values
from cnnbp_cli.config.load import config_from_data, load_config
from cnnbp_cli.config.models import Config, DataConfig, EarlyStopping, TrainConfig, with_data_dir
from cnnbp_cli.config.problems import ConfigError, ConfigProblem, SourceLocation
from cnnbp_cli.config.schema import config_schema

__all__ = [
    "Config",
    "ConfigError",
    "ConfigProblem",
    "DataConfig",
    "EarlyStopping",
    "SourceLocation",
    "TrainConfig",
    "config_from_data",
    "config_schema",
    "dump_config",
    "load_config",
    "to_data",
    "to_values",
    "with_data_dir",
]
