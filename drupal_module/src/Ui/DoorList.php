<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Http\MachineRequest;
use Drupal\background_agents\Sidecar\Doors;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * Where programs call with a dispatch key, in lines that can be copied.
 *
 * @internal
 */
final class DoorList {

  use StringTranslationTrait;

  private const string CURL = 'curl -H "Authorization: Bearer $DRUPAL_KEY" ';

  public function __construct(
    private readonly Doors $doors,
  ) {}

  /**
   * The addresses that the sidecar told, and that of the site itself.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(): array {
    return [
      'title' => [
        '#type' => 'html_tag',
        '#tag' => 'h2',
        '#value' => $this->t('Where programs call'),
      ],
      'about' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#value' => $this->about(),
      ],
      ...$this->mcp(),
      ...$this->rest(),
      ...$this->a2a(),
      ...$this->door('site', $this->t('This site itself, also while the sidecar is down'), self::CURL . Url::fromUserInput(MachineRequest::PATH . 'me', ['absolute' => TRUE])->toString()),
    ];
  }

  /**
   * Who reaches the addresses.
   */
  private function about(): TranslatableMarkup {
    $key = $this->t('In each line $DRUPAL_KEY stands for the key.');
    return match (TRUE) {
      $this->doors->address('rest') === NULL => $this->t('@key The sidecar has not told this site where it is called. It does when it starts, and every ten minutes.', ['@key' => $key]),
      $this->doors->areOpenElsewhere() => $key,
      default => $this->t('@key Only programs on the machine of the sidecar reach it. For programs elsewhere, an administrator of the sidecar sets SIDECAR_PUBLIC_URL.', ['@key' => $key]),
    };
  }

  private function mcp(): array {
    $address = $this->doors->address('mcp');
    if ($address === NULL) {
      return [];
    }
    $server = ['url' => $address, 'headers' => ['Authorization' => 'Bearer ${env:DRUPAL_KEY}']];
    $file = ['mcpServers' => ['drupal' => $server]];
    return $this->door('claude', $this->t('MCP: Claude Code'), 'claude mcp add --transport http drupal ' . $address . ' --header "Authorization: Bearer $DRUPAL_KEY"')
      + $this->door('cursor', $this->t('MCP: Cursor, in its file mcp.json'), json_encode($file, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR))
      + $this->door('mcp', $this->t('MCP: other clients, with the key in the header Authorization'), $address);
  }

  private function rest(): array {
    $address = $this->doors->address('rest');
    return $address === NULL ? [] : $this->door('rest', $this->t('REST: scripts'), self::CURL . $address . '/agents');
  }

  private function a2a(): array {
    $address = $this->doors->address('a2a');
    return $address === NULL ? [] : $this->door('a2a', $this->t('A2A 1.0: other agent systems'), $address . '/.well-known/agent-card.json');
  }

  /**
   * One way in.
   *
   * @param string $id
   *   Its name.
   * @param string|\Stringable $title
   *   For whom it is.
   * @param string $text
   *   What can be copied.
   *
   * @return array<string, mixed>
   *   Render elements.
   */
  private function door(string $id, string|\Stringable $title, string $text): array {
    return [
      "{$id}_title" => ['#type' => 'html_tag', '#tag' => 'h3', '#value' => $title],
      "{$id}_text" => [
        '#type' => 'html_tag',
        '#tag' => 'pre',
        '#attributes' => ['class' => ['ba-scroll'], 'tabindex' => 0],
        'text' => ['#plain_text' => $text],
      ],
    ];
  }

}
