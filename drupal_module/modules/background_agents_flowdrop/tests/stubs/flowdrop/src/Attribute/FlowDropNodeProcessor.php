<?php

declare(strict_types=1);

namespace Drupal\flowdrop\Attribute;

use Drupal\Component\Plugin\Attribute\Plugin;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Stands for the attribute of FlowDrop.
 */
#[\Attribute(\Attribute::TARGET_CLASS)]
final class FlowDropNodeProcessor extends Plugin {

  public function __construct(
    public readonly string $id,
    public readonly TranslatableMarkup $label,
    public readonly string $description = '',
    public readonly string $version = '1.0.0',
    public readonly ?string $deriver = NULL,
  ) {}

}
