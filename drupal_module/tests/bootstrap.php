<?php

/**
 * @file
 * Loads the module's pure classes without Drupal, see phpunit.xml.dist.
 */

declare(strict_types=1);

spl_autoload_register(static function (string $class): void {
  $prefixes = [
    'Drupal\\background_agents\\' => __DIR__ . '/../src/',
    'Drupal\\Tests\\background_agents\\' => __DIR__ . '/src/',
  ];
  foreach ($prefixes as $prefix => $directory) {
    $file = $directory . strtr(substr($class, strlen($prefix)), '\\', '/') . '.php';
    if (str_starts_with($class, $prefix) && is_file($file)) {
      require $file;
    }
  }
});
